using System.Buffers.Binary;
using Loam.Filesystems.Blocks;
using Loam.Filesystems.Ext4.Layout;

namespace Loam.Filesystems.Ext4.Reading;

/// <summary>A journal (journal.rst): its superblock, checked, and where its blocks stand on the disk.</summary>
internal sealed class JournalView
{
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
        if (JournalHeader.Read(super) is not { Type: JournalHeader.SuperblockV1 or JournalHeader.SuperblockV2 } header)
        {
            throw Damage("the journal lacks its superblock");
        }

        Features = JournalSuperblock.FeaturesOf(super, header.Type);
        if (Features.Unknown != 0)
        {
            throw new FilesystemException(FilesystemError.UnsupportedFeature, $"a journal with incompatible features 0x{Features.Unknown:x} is not read");
        }

        Seed = Crc32C.Add(Crc32C.Start, super.Slice(JournalSuperblock.Uuid, JournalSuperblock.UuidBytes));
        if (Features.HasTails && !JournalSuperblock.HasRightChecksum(super))
        {
            throw Damage("the checksum of the journal's superblock is wrong");
        }

        long length = super.Be32(JournalSuperblock.Length);
        var stated = super.Be32(JournalSuperblock.BlockSize);
        First = super.Be32(JournalSuperblock.First);
        Sequence = super.Be32(JournalSuperblock.Sequence);
        Start = super.Be32(JournalSuperblock.Start);
        var fast = !Features.HasFastCommits ? 0
            : super.Be32(JournalSuperblock.FastCommitBlocks) is not 0 and var some ? some : JournalSuperblock.UsualFastCommitBlocks;
        Last = length - fast;
        if (stated != blockSize || length > blocks || First == 0 || First >= Last || (Start != 0 && (Start < First || Start >= Last)))
        {
            throw Damage($"the journal of {blocks} blocks claims {length}, of them {First} to {Last}, from {Start} on, of {stated} bytes");
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

    /// <summary>What checksums start from.</summary>
    public uint Seed { get; }

    public JournalFeatures Features { get; }

    /// <summary>How many blocks behind the log fast commits have; 0 without them.</summary>
    public long FastCommitBlocks { get; }

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

    /// <summary>Whether the checksum of announced content is right.</summary>
    public bool HasRightContent(ReadOnlySpan<byte> content, in JournalTag tag, uint sequence)
    {
        if (!Features.HasTails)
        {
            return true;
        }

        // The transaction's number counts as it stands in the journal.
        var crc = Crc32C.Add(Crc32C.Add(Seed, BinaryPrimitives.ReverseEndianness(sequence)), content);
        return Features.HasChecksumsV3 ? crc == tag.Checksum : (ushort)crc == tag.Checksum;
    }

    /// <summary>The first block of fast commits: one behind the log, which the kernel leaves free (<c>fs/jbd2/journal.c</c>,
    /// <c>jbd2_journal_initialize_fast_commit</c>).</summary>
    public void ReadFastCommit(Span<byte> buffer) => Read(Last + 1, buffer);

    public static FilesystemException Damage(string what) => FilesystemException.Damage(what, Format.JournalInode);
}
