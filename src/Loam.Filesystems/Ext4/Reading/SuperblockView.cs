using Loam.Filesystems.Ext4.Layout;

namespace Loam.Filesystems.Ext4.Reading;

/// <summary>A superblock (super.rst) whose numbers fit each other and the disk.</summary>
internal sealed class SuperblockView
{
    private const int SmallestGroup = 64;
    private const int LargestLogBlockSize = 2;

    private SuperblockView(byte[] raw) => Raw = raw;

    /// <summary>Its 1,024 bytes.</summary>
    public byte[] Raw { get; }

    public int BlockSize { get; private init; }

    public long Blocks { get; private init; }

    /// <summary>The block that the first group begins with: 1 with 1 KiB blocks, for the boot sector has block 0.</summary>
    public long FirstBlock { get; private init; }

    public int BlocksPerGroup { get; private init; }

    public uint Inodes { get; private init; }

    public int InodesPerGroup { get; private init; }

    public int InodeSize { get; private init; }

    public uint FirstInode { get; private init; }

    public uint Compatible { get; private init; }

    public uint Incompatible { get; private init; }

    public uint ReadOnly { get; private init; }

    public int DescriptorSize { get; private init; }

    /// <summary>What checksums start from.</summary>
    public uint ChecksumSeed { get; private init; }

    public Guid Uuid => new(Raw.AsSpan(SuperblockLayout.Uuid, SuperblockLayout.UuidBytes), bigEndian: true);

    public long Groups => (Blocks - FirstBlock + BlocksPerGroup - 1) / BlocksPerGroup;

    public int DescriptorsPerBlock => BlockSize / DescriptorSize;

    public long DescriptorBlocks => (Groups + DescriptorsPerBlock - 1) / DescriptorsPerBlock;

    public int ReservedDescriptorBlocks => HasCompatible(Features.ResizeInode) ? Field16(SuperblockLayout.ReservedDescriptors) : 0;

    public int InodeTableBlocks => (int)(((long)InodesPerGroup * InodeSize + BlockSize - 1) / BlockSize);

    public bool HasChecksums => HasReadOnly(Features.MetadataChecksums);

    /// <summary>Whether descriptors say what of a group was never used.</summary>
    public bool HasUnusedMarks => HasReadOnly(Features.MetadataChecksums | Features.DescriptorChecksums);

    public bool NeedsRecovery => HasIncompatible(Features.Recover);

    public ushort State => Field16(SuperblockLayout.State);

    public uint JournalInode => Field32(SuperblockLayout.JournalInode);

    public uint FirstMetaGroup => Field32(SuperblockLayout.FirstMetaGroup);

    public bool HasCompatible(uint feature) => (Compatible & feature) != 0;

    public bool HasIncompatible(uint feature) => (Incompatible & feature) != 0;

    public bool HasReadOnly(uint feature) => (ReadOnly & feature) != 0;

    /// <summary>The first block of a group.</summary>
    public long GroupStart(long group) => FirstBlock + group * BlocksPerGroup;

    /// <summary>How many blocks of a group exist.</summary>
    public long BlocksIn(long group) => Math.Min(BlocksPerGroup, Blocks - GroupStart(group));

    /// <summary>Whether a group begins with a copy of the superblock.</summary>
    public bool HasSuperblock(long group)
    {
        if (HasCompatible(Features.SparseSuper2))
        {
            return group == 0 || (group <= uint.MaxValue
                && ((uint)group == Field32(SuperblockLayout.FirstBackupGroup) || (uint)group == Field32(SuperblockLayout.SecondBackupGroup)));
        }

        return !HasReadOnly(Features.SparseSuper) || Format.HasSuperblock(group);
    }

    /// <summary>Reads and checks one.</summary>
    /// <param name="raw">Its 1,024 bytes.</param>
    /// <param name="diskBytes">The disk's length.</param>
    /// <exception cref="FilesystemException">It is none, damaged, or has features that are not read.</exception>
    public static SuperblockView Parse(byte[] raw, long diskBytes)
    {
        ReadOnlySpan<byte> bytes = raw;
        if (bytes.Le16(SuperblockLayout.Magic) != SuperblockLayout.MagicNumber)
        {
            throw new FilesystemException(FilesystemError.NotExt4, "this is not an ext4 file system: its magic number is missing");
        }

        var revised = bytes.Le32(SuperblockLayout.Revision) > 0;
        var compatible = revised ? bytes.Le32(SuperblockLayout.Compatible) : 0;
        var incompatible = revised ? bytes.Le32(SuperblockLayout.Incompatible) : 0;
        var readOnly = revised ? bytes.Le32(SuperblockLayout.ReadOnly) : 0;
        if ((readOnly & Features.MetadataChecksums) != 0)
        {
            Demand(bytes[SuperblockLayout.ChecksumType] == SuperblockLayout.Crc32CChecksums, "the superblock names an unknown kind of checksum");
            Demand(SuperblockLayout.ChecksumOf(bytes) == bytes.Le32(SuperblockLayout.Checksum), "the superblock's checksum is wrong");
        }

        Features.DemandReadable(incompatible, readOnly);
        var log = bytes.Le32(SuperblockLayout.LogBlockSize);
        if (log > LargestLogBlockSize)
        {
            throw new FilesystemException(
                FilesystemError.UnsupportedFeature,
                $"file systems with blocks of 2^{SuperblockLayout.MinimumLogBlockSize + (long)log} bytes are not read; the maximum is 4,096 bytes");
        }

        var wide = (incompatible & Features.SixtyFourBit) != 0;
        var view = new SuperblockView(raw)
        {
            BlockSize = 1 << (SuperblockLayout.MinimumLogBlockSize + (int)log),
            Blocks = bytes.Le32(SuperblockLayout.BlocksLow) | (wide ? (long)bytes.Le32(SuperblockLayout.BlocksHigh) << 32 : 0),
            FirstBlock = bytes.Le32(SuperblockLayout.FirstDataBlock),
            BlocksPerGroup = (int)Math.Min(bytes.Le32(SuperblockLayout.BlocksPerGroup), int.MaxValue),
            Inodes = bytes.Le32(SuperblockLayout.Inodes),
            InodesPerGroup = (int)Math.Min(bytes.Le32(SuperblockLayout.InodesPerGroup), int.MaxValue),
            InodeSize = revised ? bytes.Le16(SuperblockLayout.InodeSize) : InodeLayout.OldSize,
            FirstInode = revised ? bytes.Le32(SuperblockLayout.FirstInode) : Format.FirstFreeInode,
            Compatible = compatible,
            Incompatible = incompatible,
            ReadOnly = readOnly,
            DescriptorSize = wide ? bytes.Le16(SuperblockLayout.DescriptorSize) : GroupDescriptor.OldSize,
            ChecksumSeed = (incompatible & Features.ChecksumSeed) != 0
                ? bytes.Le32(SuperblockLayout.ChecksumSeed)
                : ChecksumStart.Of(new Guid(bytes.Slice(SuperblockLayout.Uuid, SuperblockLayout.UuidBytes), bigEndian: true)),
        };
        view.CheckNumbers(diskBytes, wide);
        return view;
    }

    private void CheckNumbers(long diskBytes, bool wide)
    {
        Demand(Field32(SuperblockLayout.LogClusterSize) == Field32(SuperblockLayout.LogBlockSize), "clusters and blocks differ in size");
        Demand(FirstBlock == (BlockSize <= SuperblockLayout.DiskOffset ? 1 : 0), $"the first data block is {FirstBlock}");
        Demand(
            BlocksPerGroup is >= SmallestGroup && BlocksPerGroup <= BlockSize * 8 && BlocksPerGroup % 8 == 0,
            $"groups have {BlocksPerGroup} blocks");
        Demand(
            int.IsPow2(InodeSize) && InodeSize >= InodeLayout.OldSize && InodeSize <= BlockSize,
            $"inodes have {InodeSize} bytes");
        Demand(
            InodesPerGroup >= BlockSize / InodeSize && InodesPerGroup <= BlockSize * 8,
            $"groups have {InodesPerGroup} inodes");
        Demand(
            !wide || (int.IsPow2(DescriptorSize) && DescriptorSize >= GroupDescriptor.WideSize && DescriptorSize <= BlockSize),
            $"group descriptors have {DescriptorSize} bytes");
        Demand(Blocks > FirstBlock && Blocks <= diskBytes / BlockSize, $"it has {Blocks} blocks of {BlockSize} bytes, the disk {diskBytes} bytes");
        Demand(Groups * InodesPerGroup == Inodes, $"{Groups} groups of {InodesPerGroup} inodes do not make {Inodes}");
        Demand(FirstInode >= Format.FirstFreeInode && FirstInode <= Inodes, $"the first inode for files is {FirstInode}");
    }

    private ushort Field16(int at) => ((ReadOnlySpan<byte>)Raw).Le16(at);

    private uint Field32(int at) => ((ReadOnlySpan<byte>)Raw).Le32(at);

    private static void Demand(bool holds, string what)
    {
        if (!holds)
        {
            throw FilesystemException.Damage($"superblock: {what}");
        }
    }
}
