using Loam.Filesystems.Ext4.Layout;
using Loam.Filesystems.Tree;

namespace Loam.Filesystems.Ext4.Reading;

/// <summary>An inode as it stands on the disk (inodes.rst).</summary>
internal sealed class StoredInode(uint number, byte[] raw, SuperblockView super)
{
    private const uint MaximumNanoseconds = 999_999_999;

    public uint Number => number;

    public ushort Mode => Bytes.Le16(InodeLayout.Mode);

    /// <summary>Which kind of file it is: one of <see cref="ModeBits"/>.</summary>
    public int Kind => Mode & ModeBits.KindMask;

    public uint Uid => Bytes.Le16(InodeLayout.UidLow) | ((uint)Bytes.Le16(InodeLayout.UidHigh) << 16);

    public uint Gid => Bytes.Le16(InodeLayout.GidLow) | ((uint)Bytes.Le16(InodeLayout.GidHigh) << 16);

    public int Links => Bytes.Le16(InodeLayout.Links);

    public uint Flags => Bytes.Le32(InodeLayout.Flags);

    public uint Generation => Bytes.Le32(InodeLayout.Generation);

    /// <summary>Of values of attributes, this holds their checksum.</summary>
    public uint Accessed => Bytes.Le32(InodeLayout.Accessed);

    /// <summary>The length in bytes; negative is damage.</summary>
    public long Size => Bytes.Le32(InodeLayout.SizeLow)
        | (Kind == ModeBits.Regular || super.HasIncompatible(Features.LargeDirectories) ? (long)Bytes.Le32(InodeLayout.SizeHigh) << 32 : 0);

    /// <summary>How many of the file system's blocks the length takes.</summary>
    public long FileBlocks => Size / super.BlockSize + (Size % super.BlockSize != 0 ? 1 : 0);

    public bool HasExtents => (Flags & InodeLayout.ExtentsFlag) != 0;

    public bool IsInline => (Flags & InodeLayout.InlineFlag) != 0 && super.HasIncompatible(Features.InlineData);

    /// <summary>60 bytes: a map of blocks, a short symlink's target, a device's number, or content.</summary>
    public ReadOnlySpan<byte> Root => Bytes.Slice(InodeLayout.Root, InodeLayout.RootBytes);

    public long XAttrBlock => Bytes.Le32(InodeLayout.XAttrBlockLow)
        | (super.HasIncompatible(Features.SixtyFourBit) ? (long)Bytes.Le16(InodeLayout.XAttrBlockHigh) << 32 : 0);

    /// <summary>What the inode has room for behind its fields: attributes.</summary>
    public ReadOnlySpan<byte> XAttrArea => ExtraSize > 0 ? Bytes[(InodeLayout.OldSize + ExtraSize)..] : [];

    /// <summary>What checksums of the inode's own blocks start from.</summary>
    public uint Seed => ChecksumStart.Of(super.ChecksumSeed, number, Generation);

    /// <summary>Whether a symlink's target stands in the inode (kernel, <c>fs/ext4/inode.c</c>,
    /// <c>ext4_inode_is_fast_symlink</c>).</summary>
    public bool IsFastSymlink
    {
        get
        {
            if (HasExtents || IsInline)
            {
                return false;
            }

            var sectors = Bytes.Le32(InodeLayout.SectorsLow);
            return super.HasIncompatible(Features.XAttrInodes)
                ? Size < InodeLayout.RootBytes
                : sectors == (XAttrBlock == 0 ? 0 : super.BlockSize / InodeLayout.SectorBytes);
        }
    }

    /// <summary>The time of the last change of content.</summary>
    /// <exception cref="FilesystemException">Its nanoseconds are more than a second.</exception>
    public Timestamp Modified
    {
        get
        {
            var (seconds, nanoseconds) = InodeTime.Get(raw, InodeLayout.Modified, InodeLayout.ModifiedExtra);
            return nanoseconds <= MaximumNanoseconds
                ? new Timestamp(seconds, nanoseconds)
                : throw FilesystemException.Damage($"its time has {nanoseconds} nanoseconds", number);
        }
    }

    private int ExtraSize => InodeLayout.ExtraSizeOf(raw);

    private ReadOnlySpan<byte> Bytes => raw;

    /// <summary>Checks what the inode says of itself.</summary>
    /// <exception cref="FilesystemException">It is damaged.</exception>
    public void Check(long block)
    {
        if (super.HasChecksums && !InodeLayout.HasRightChecksum(raw, Seed))
        {
            throw FilesystemException.Damage("the inode's checksum is wrong", number, block);
        }

        if (ExtraSize % 4 != 0 || ExtraSize > raw.Length - InodeLayout.OldSize)
        {
            throw FilesystemException.Damage($"its size has {ExtraSize} bytes more than an inode has", number, block);
        }

        if (Size < 0 || FileBlocks > Format.MaximumFileBlocks)
        {
            throw FilesystemException.Damage($"its length of {(ulong)Size} bytes is more than a file can have", number, block);
        }
    }

    /// <summary>Gives the bytes, which were changed, their checksum.</summary>
    public void Seal()
    {
        if (super.HasChecksums)
        {
            InodeLayout.Seal(raw, Seed);
        }
    }
}

/// <summary>Finds inodes in the groups' tables; keeps the blocks read last.</summary>
internal sealed class InodeReader(SuperblockView super, BlockReader blocks, GroupTable groups)
{
    private const int KeptBlocks = 64;

    private readonly (long Block, byte[]? Bytes)[] _kept = new (long, byte[]?)[KeptBlocks];

    /// <summary>Reads one inode.</summary>
    /// <exception cref="FilesystemException">It does not exist or is damaged.</exception>
    public StoredInode Read(uint number)
    {
        if (number == 0 || number > super.Inodes)
        {
            throw FilesystemException.Damage($"the inode does not exist; there are {super.Inodes} inodes", number);
        }

        var index = (number - 1) % (uint)super.InodesPerGroup;
        var group = groups[(number - 1) / (uint)super.InodesPerGroup];
        if (index >= super.InodesPerGroup - group.UnusedInodes)
        {
            throw FilesystemException.Damage("the inode is in use, but its group says that it never was", number);
        }

        var at = (long)index * super.InodeSize;
        var block = group.InodeTable + at / super.BlockSize;
        var raw = BlockAt(block, number).AsSpan((int)(at % super.BlockSize), super.InodeSize).ToArray();
        var inode = new StoredInode(number, raw, super);
        inode.Check(block);
        return inode;
    }

    private byte[] BlockAt(long block, uint number)
    {
        ref var kept = ref _kept[block % KeptBlocks];
        if (kept.Bytes is null || kept.Block != block)
        {
            var bytes = kept.Bytes ?? new byte[super.BlockSize];

            // Nothing is kept of a block whose reading fails.
            kept = default;
            blocks.Read(block, bytes, number);
            kept = (block, bytes);
        }

        return kept.Bytes!;
    }
}
