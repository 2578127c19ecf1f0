namespace Loam.Filesystems.Ext4.Layout;

/// <summary>How large everything is. Where superblock copies and descriptors stand follows from the first number
/// alone, which is fixed before any content comes; the rest is known at the end.</summary>
/// <param name="DescriptorBlocks">Blocks kept for descriptors behind each superblock copy, in use or for growth.</param>
/// <param name="Blocks">Blocks of the file system.</param>
/// <param name="InodesPerGroup">A multiple of a block's inodes.</param>
/// <param name="JournalBlocks">Blocks of the journal.</param>
internal sealed record Geometry(int DescriptorBlocks, long Blocks, int InodesPerGroup, int JournalBlocks)
{
    private const long BytesPerInode = 16 << 10;

    /// <summary>Descriptor blocks for 1 TiB: what a disk can grow to in the guest.</summary>
    private const int UsualDescriptorBlocks = 128;

    /// <summary>One block of 32-bit addresses: what the resize inode can hold.</summary>
    private const int MaximumDescriptorBlocks = 1000;

    /// <summary>A last group with less room than this is left off, as mke2fs does.</summary>
    private const int SmallestGroupRoom = 50;

    private const int BlocksPerMebibyte = (1 << 20) / Format.BlockSize;

    public long Groups => CeilingDivide(Blocks, Format.BlocksPerGroup);

    public long Inodes => Groups * InodesPerGroup;

    public int InodeTableBlocks => InodesPerGroup / Format.InodesPerBlock;

    public int UsedDescriptorBlocks => (int)CeilingDivide(Groups, Format.DescriptorsPerBlock);

    /// <summary>How many blocks at the front of a group with a superblock copy are taken.</summary>
    public long SuperblockBlocks => 1 + DescriptorBlocks;

    /// <summary>The runs of blocks that the rest of the metadata takes: journal, inode tables, bitmaps.</summary>
    public IEnumerable<long> MetadataRuns()
    {
        yield return JournalBlocks;
        for (var group = 0L; group < Groups; group++)
        {
            yield return InodeTableBlocks;
        }

        for (var group = 0L; group < Groups; group++)
        {
            yield return 2;
        }
    }

    /// <summary>How many blocks of a group exist.</summary>
    public long BlocksIn(long group) => Math.Min(Format.BlocksPerGroup, Blocks - group * Format.BlocksPerGroup);

    public static int DescriptorBlocksFor(long? sizeBytes)
    {
        var used = CeilingDivide(CeilingDivide(sizeBytes ?? 0, Format.BlockSize), (long)Format.BlocksPerGroup * Format.DescriptorsPerBlock);
        return used <= MaximumDescriptorBlocks
            ? (int)Math.Max(UsualDescriptorBlocks, used)
            : throw new FilesystemException(FilesystemError.DiskTooLarge, $"a disk of {sizeBytes} bytes is larger than can be written");
    }

    /// <summary>The first blocks from one on that superblock copies and descriptors take.</summary>
    public static BlockRange ReservedFrom(long block, int descriptorBlocks)
    {
        var group = block / Format.BlocksPerGroup;
        var count = 1 + descriptorBlocks;
        if (!Format.HasSuperblock(group) || block >= group * Format.BlocksPerGroup + count)
        {
            group = Format.NextSuperblock(group);
        }

        return new BlockRange(group * Format.BlocksPerGroup, count);
    }

    /// <summary>The geometry of a disk of exactly that size.</summary>
    /// <exception cref="FilesystemException"><see cref="FilesystemError.DiskTooSmall"/>, with the size that would do.</exception>
    public static Geometry Fixed(long sizeBytes, int descriptorBlocks, BlockHeap heap, long inodes)
    {
        var geometry = For(sizeBytes / Format.BlockSize, descriptorBlocks, inodes);
        if (geometry is not null && heap.EndAfter(geometry.MetadataRuns()) <= geometry.Blocks)
        {
            return geometry;
        }

        var needed = Fit(descriptorBlocks, heap, inodes, freeBlocks: 0).Blocks * Format.BlockSize;
        throw new FilesystemException(FilesystemError.DiskTooSmall, $"the content needs {needed} bytes; the disk has {sizeBytes}") { NeededBytes = needed };
    }

    /// <summary>The smallest geometry, in whole MiB, that holds the heap, all metadata and some free space.</summary>
    public static Geometry Fit(int descriptorBlocks, BlockHeap heap, long inodes, long freeBlocks)
    {
        var blocks = heap.End;
        while (true)
        {
            blocks = CeilingDivide(blocks, BlocksPerMebibyte) * BlocksPerMebibyte;
            if (CeilingDivide(blocks, (long)Format.BlocksPerGroup * Format.DescriptorsPerBlock) > descriptorBlocks)
            {
                throw new FilesystemException(FilesystemError.DiskTooLarge, "the content needs a larger disk than can be written without stating its size");
            }

            var geometry = For(blocks, descriptorBlocks, inodes);
            if (geometry is null || geometry.Blocks < blocks)
            {
                blocks += BlocksPerMebibyte;
                continue;
            }

            var end = heap.EndAfter(geometry.MetadataRuns());
            var superblocks = CountSuperblocks(geometry.Groups) * geometry.SuperblockBlocks;
            var needed = Math.Max(end, heap.Used + geometry.MetadataRuns().Sum() + superblocks + freeBlocks);
            if (needed <= blocks)
            {
                return geometry;
            }

            blocks = needed;
        }
    }

    public static long CountSuperblocks(long groups)
    {
        var count = 0L;
        for (var group = 0L; group < groups; group = Format.NextSuperblock(group))
        {
            count++;
        }

        return count;
    }

    private static Geometry? For(long blocks, int descriptorBlocks, long inodes)
    {
        var last = (blocks - 1) / Format.BlocksPerGroup;
        var inLast = blocks - last * Format.BlocksPerGroup;
        if (inLast < (Format.HasSuperblock(last) ? 1 + descriptorBlocks : 0) + SmallestGroupRoom)
        {
            if (last == 0)
            {
                return null;
            }

            blocks = last * Format.BlocksPerGroup;
        }

        var groups = CeilingDivide(blocks, Format.BlocksPerGroup);
        var wanted = Math.Max(inodes + inodes / 8 + 64, blocks * Format.BlockSize / BytesPerInode);
        var perGroup = CeilingDivide(CeilingDivide(wanted, groups), Format.InodesPerBlock) * Format.InodesPerBlock;
        return perGroup <= Format.BlocksPerGroup && perGroup * groups <= uint.MaxValue
            ? new Geometry(descriptorBlocks, blocks, (int)perGroup, JournalBlocksFor(blocks))
            : null;
    }

    // The sizes that mke2fs chooses; the smallest journal the kernel takes has 1,024 blocks.
    private static int JournalBlocksFor(long blocks) => blocks switch
    {
        < 32_768 => 1024,
        < 262_144 => 4096,
        < 524_288 => 8192,
        _ => 16_384,
    };

    private static long CeilingDivide(long value, long by) => (value + by - 1) / by;
}
