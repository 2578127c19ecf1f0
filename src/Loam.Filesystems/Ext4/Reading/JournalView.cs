using Loam.Filesystems.Blocks;
using Loam.Filesystems.Ext4.Layout;

namespace Loam.Filesystems.Ext4.Reading;

/// <summary>A journal (journal.rst): its superblock, checked, and where its blocks stand on the disk.</summary>
internal sealed class JournalView
{
    public const uint Checksums = 1;

    private const uint Revokes = 1;
    private const uint SixtyFourBit = 2;
    private const uint AsyncCommit = 4;
    private const uint ChecksumsV2 = 8;
    private const uint ChecksumsV3 = 16;
    private const uint FastCommits = 32;
    private const uint UsualFastCommitBlocks = 256;

    private readonly DiskImage _disk;
    private readonly int _blockSize;
    private readonly IReadOnlyList<Extent> _extents;

    /// <summary>Reads the superblock.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="blockSize">The file system's bytes in a block.</param>
    /// <param name="extents">The journal's blocks.</param>
    /// <param name="blocks">The journal's length.</param>
    /// <exception cref="FilesystemException">It is damaged or has features that are not read.</exception>
    public JournalView(DiskImage disk, int blockSize, IReadOnlyList<Extent> extents, long blocks)
    {
        (_disk, _blockSize, _extents) = (disk, blockSize, extents);
        var bytes = new byte[blockSize];
        Last = 1;
        Read(0, bytes);
        ReadOnlySpan<byte> super = bytes;
        var type = super.Be32(0x04);
        if (super.Be32(0) != Journal.Magic || type is not (Journal.SuperblockV1 or Journal.SuperblockV2))
        {
            throw Damage("the journal lacks its superblock");
        }

        // Features and what depends on them came with the second version.
        ReadOnlySpan<byte> features = type == Journal.SuperblockV2 ? super : new byte[blockSize];
        var incompatible = features.Be32(0x28);
        if ((incompatible & ~(Revokes | SixtyFourBit | AsyncCommit | ChecksumsV2 | ChecksumsV3 | FastCommits)) is not 0 and var unknown)
        {
            throw new FilesystemException(FilesystemError.UnsupportedFeature, $"a journal with incompatible features 0x{unknown:x} is not read");
        }

        HasChecksumsV3 = (incompatible & ChecksumsV3) != 0;
        HasTails = HasChecksumsV3 || (incompatible & ChecksumsV2) != 0;
        HasTransactionChecksums = (features.Be32(0x24) & Checksums) != 0 && !HasTails;
        IsWide = (incompatible & SixtyFourBit) != 0;
        IsAsync = (incompatible & AsyncCommit) != 0;
        HasFastCommits = (incompatible & FastCommits) != 0;
        Seed = Crc32C.Add(Crc32C.Start, super.Slice(0x30, 16));
        if (HasTails && Crc32C.Add(Crc32C.Add(Crc32C.Add(Crc32C.Start, super[..0xFC]), 0u), super[0x100..1024]) != super.Be32(0xFC))
        {
            throw Damage("the checksum of the journal's superblock is wrong");
        }

        long length = super.Be32(0x10);
        First = super.Be32(0x14);
        Sequence = super.Be32(0x18);
        Start = super.Be32(0x1C);
        var fast = HasFastCommits ? (features.Be32(0x54) is not 0 and var stated ? stated : UsualFastCommitBlocks) : 0;
        Last = length - fast;
        if (super.Be32(0x0C) != blockSize || length > blocks || First == 0 || First >= Last || (Start != 0 && (Start < First || Start >= Last)))
        {
            throw Damage($"the journal of {blocks} blocks claims {length}, of them {First} to {Last}, from {Start} on, of {super.Be32(0x0C)} bytes");
        }

        FastCommitBlocks = fast;
    }

    /// <summary>The first block of the log.</summary>
    public long First { get; }

    /// <summary>The block behind the log's last.</summary>
    public long Last { get; }

    /// <summary>Where the log begins; 0 if it is empty.</summary>
    public long Start { get; }

    /// <summary>The number of the first transaction.</summary>
    public uint Sequence { get; }

    public uint Seed { get; }

    /// <summary>Whether each block has a checksum of its own (versions 2 and 3).</summary>
    public bool HasTails { get; }

    public bool HasChecksumsV3 { get; }

    /// <summary>Whether each transaction has one checksum (version 1).</summary>
    public bool HasTransactionChecksums { get; }

    public bool IsWide { get; }

    public bool IsAsync { get; }

    public bool HasFastCommits { get; }


    public long FastCommitBlocks { get; }

    /// <summary>Bytes of descriptor and revoke blocks that a checksum takes at their end.</summary>
    public int TailBytes => HasTails ? 4 : 0;

    public int BlockSize => _blockSize;

    /// <summary>The block of the log after one; behind the last comes the first.</summary>
    public long Next(long block, long steps = 1) => First + (block - First + steps) % (Last - First);

    /// <summary>Where a block of the journal stands on the disk.</summary>
    /// <exception cref="FilesystemException">Nowhere.</exception>
    public long PlaceOf(long block)
    {
        var (low, high) = (0, _extents.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var extent = _extents[middle];
            if (block < extent.Logical)
            {
                high = middle - 1;
            }
            else if (block >= extent.Logical + extent.Count)
            {
                low = middle + 1;
            }
            else
            {
                return extent.Physical + block - extent.Logical;
            }
        }

        throw Damage($"the journal lacks its block {block}");
    }

    public void Read(long block, Span<byte> buffer) => _disk.Read(PlaceOf(block) * _blockSize, buffer);

    /// <summary>The first block of fast commits: one behind the log, which the kernel leaves free (<c>fs/jbd2/journal.c</c>,
    /// <c>jbd2_journal_initialize_fast_commit</c>).</summary>
    public void ReadFastCommit(Span<byte> buffer) => Read(Last + 1, buffer);

    public static FilesystemException Damage(string what) => FilesystemException.Damage(what, Format.JournalInode);
}
