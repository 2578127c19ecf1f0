namespace Loam.Filesystems.Ext4.Layout;

/// <summary>The constants of the on-disk format, as this writer uses it (kernel, <c>Documentation/filesystems/ext4/</c>).</summary>
internal static class Format
{
    public const int BlockSize = DiskFile.BlockSize;
    public const int BlocksPerGroup = BlockSize * 8;
    public const int InodeSize = 256;
    public const int InodesPerBlock = BlockSize / InodeSize;
    public const int ExtraInodeSize = 32;
    public const int DescriptorSize = 64;
    public const int DescriptorsPerBlock = BlockSize / DescriptorSize;
    public const int SectorsPerBlock = BlockSize / InodeLayout.SectorBytes;

    public const uint RootInode = 2; // EXT4_ROOT_INO
    public const uint ResizeInode = 7; // EXT4_RESIZE_INO
    public const uint JournalInode = 8; // EXT4_JOURNAL_INO
    public const uint FirstFreeInode = 11; // EXT4_GOOD_OLD_FIRST_INO

    /// <summary>has_journal ext_attr resize_inode dir_index (super.rst, "s_feature_compat").</summary>
    public const uint CompatibleFeatures = Features.HasJournal | Features.ExtAttr | Features.ResizeInode | Features.DirIndex;

    /// <summary>filetype extent 64bit flex_bg ("s_feature_incompat").</summary>
    public const uint IncompatibleFeatures = Features.FileType | Features.Extents | Features.SixtyFourBit | Features.FlexibleGroups;

    /// <summary>sparse_super large_file huge_file dir_nlink extra_isize metadata_csum ("s_feature_ro_compat").</summary>
    public const uint ReadOnlyFeatures = Features.SparseSuper | Features.LargeFile | Features.HugeFile | Features.DirectoryLinks
        | Features.ExtraInodeSize | Features.MetadataChecksums;

    /// <summary>The most directories below one whose count is kept (dir_nlink).</summary>
    public const int MaximumSubdirectories = FileTree.MaximumLinks - 2;

    /// <summary>Logical blocks have 32 bits, and the last number is not used.</summary>
    public const long MaximumFileBlocks = uint.MaxValue;

    /// <summary>Whether a group begins with a copy of the superblock and the descriptors (sparse_super): 0, 1 and the
    /// powers of 3, 5 and 7.</summary>
    public static bool HasSuperblock(long group) =>
        group <= 1 || IsPower(group, 3) || IsPower(group, 5) || IsPower(group, 7);

    /// <summary>The next group after one that has a copy.</summary>
    public static long NextSuperblock(long group)
    {
        for (group++; !HasSuperblock(group); group++)
        {
        }

        return group;
    }

    private static bool IsPower(long value, long factor)
    {
        while (value > 1 && value % factor == 0)
        {
            value /= factor;
        }

        return value == 1;
    }
}
