namespace Loam.Filesystems.Ext4.Layout;

/// <summary>The feature bits of the superblock (super.rst, "s_feature_compat", "s_feature_incompat",
/// "s_feature_ro_compat"), and which of them are understood.</summary>
internal static class Features
{
    private const uint DirectoryPreallocation = 0x1; // EXT4_FEATURE_COMPAT_DIR_PREALLOC
    private const uint ImagicInodes = 0x2; // EXT4_FEATURE_COMPAT_IMAGIC_INODES
    public const uint HasJournal = 0x4; // EXT4_FEATURE_COMPAT_HAS_JOURNAL
    public const uint ExtAttr = 0x8; // EXT4_FEATURE_COMPAT_EXT_ATTR
    public const uint ResizeInode = 0x10; // EXT4_FEATURE_COMPAT_RESIZE_INODE
    public const uint DirIndex = 0x20; // EXT4_FEATURE_COMPAT_DIR_INDEX
    public const uint SparseSuper2 = 0x200; // EXT4_FEATURE_COMPAT_SPARSE_SUPER2
    public const uint OrphanFile = 0x1000; // EXT4_FEATURE_COMPAT_ORPHAN_FILE

    public const uint FileType = 0x2; // EXT4_FEATURE_INCOMPAT_FILETYPE
    public const uint Recover = 0x4; // EXT4_FEATURE_INCOMPAT_RECOVER
    public const uint MetaBlockGroups = 0x10; // EXT4_FEATURE_INCOMPAT_META_BG
    public const uint Extents = 0x40; // EXT4_FEATURE_INCOMPAT_EXTENTS
    public const uint SixtyFourBit = 0x80; // EXT4_FEATURE_INCOMPAT_64BIT
    public const uint MultiMountProtection = 0x100; // EXT4_FEATURE_INCOMPAT_MMP
    public const uint FlexibleGroups = 0x200; // EXT4_FEATURE_INCOMPAT_FLEX_BG
    public const uint XAttrInodes = 0x400; // EXT4_FEATURE_INCOMPAT_EA_INODE
    public const uint ChecksumSeed = 0x2000; // EXT4_FEATURE_INCOMPAT_CSUM_SEED
    public const uint LargeDirectories = 0x4000; // EXT4_FEATURE_INCOMPAT_LARGEDIR
    public const uint InlineData = 0x8000; // EXT4_FEATURE_INCOMPAT_INLINE_DATA

    public const uint SparseSuper = 0x1; // EXT4_FEATURE_RO_COMPAT_SPARSE_SUPER
    public const uint LargeFile = 0x2; // EXT4_FEATURE_RO_COMPAT_LARGE_FILE
    public const uint HugeFile = 0x8; // EXT4_FEATURE_RO_COMPAT_HUGE_FILE
    public const uint DescriptorChecksums = 0x10; // EXT4_FEATURE_RO_COMPAT_GDT_CSUM
    public const uint DirectoryLinks = 0x20; // EXT4_FEATURE_RO_COMPAT_DIR_NLINK
    public const uint ExtraInodeSize = 0x40; // EXT4_FEATURE_RO_COMPAT_EXTRA_ISIZE
    public const uint Quota = 0x100; // EXT4_FEATURE_RO_COMPAT_QUOTA
    public const uint BigAlloc = 0x200; // EXT4_FEATURE_RO_COMPAT_BIGALLOC
    public const uint MetadataChecksums = 0x400; // EXT4_FEATURE_RO_COMPAT_METADATA_CSUM
    public const uint Project = 0x2000; // EXT4_FEATURE_RO_COMPAT_PROJECT
    public const uint SharedBlocks = 0x4000; // EXT4_FEATURE_RO_COMPAT_SHARED_BLOCKS (e2fsprogs)
    public const uint OrphansPresent = 0x10000; // EXT4_FEATURE_RO_COMPAT_ORPHAN_PRESENT

    /// <summary>Those of the incompatible features that are read.</summary>
    private const uint ReadIncompatible = FileType | Recover | MetaBlockGroups | Extents | SixtyFourBit | MultiMountProtection
        | FlexibleGroups | XAttrInodes | ChecksumSeed | LargeDirectories | InlineData;

    /// <summary>What a file system may have that is to grow: a writer must understand all of it.</summary>
    private const uint GrowCompatible = DirectoryPreallocation | ImagicInodes | HasJournal | ExtAttr | ResizeInode | DirIndex | OrphanFile;

    private const uint GrowIncompatible = FileType | Extents | SixtyFourBit | FlexibleGroups | XAttrInodes | ChecksumSeed
        | LargeDirectories | InlineData;

    private const uint GrowReadOnly = SparseSuper | LargeFile | HugeFile | DescriptorChecksums | DirectoryLinks | ExtraInodeSize
        | Quota | MetadataChecksums | Project;

    private static readonly string?[] CompatibleNames =
        ["dir_prealloc", "imagic_inodes", "has_journal", "ext_attr", "resize_inode", "dir_index", "lazy_bg", null, null, "sparse_super2",
         "fast_commit", "stable_inodes", "orphan_file"];

    private static readonly string?[] IncompatibleNames =
        ["compression", "filetype", "needs_recovery", "journal_dev", "meta_bg", null, "extent", "64bit", "mmp", "flex_bg", "ea_inode",
         null, "dirdata", "metadata_csum_seed", "large_dir", "inline_data", "encrypt", "casefold"];

    private static readonly string?[] ReadOnlyNames =
        ["sparse_super", "large_file", "btree_dir", "huge_file", "uninit_bg", "dir_nlink", "extra_isize", "snapshot", "quota", "bigalloc",
         "metadata_csum", "replica", "read-only", "project", "shared_blocks", "verity", "orphan_present"];

    /// <summary>Refuses, by name, what is not read.</summary>
    /// <exception cref="FilesystemException"><see cref="FilesystemError.UnsupportedFeature"/>.</exception>
    public static void DemandReadable(uint incompatible, uint readOnly)
    {
        Refuse("read", Unknown("incompat", IncompatibleNames, incompatible & ~ReadIncompatible)
            .Concat(Unknown("ro_compat", ReadOnlyNames, readOnly & BigAlloc)));
    }

    /// <summary>Refuses, by name, what is not written when a file system grows.</summary>
    /// <exception cref="FilesystemException"><see cref="FilesystemError.UnsupportedFeature"/>.</exception>
    public static void DemandGrowable(uint compatible, uint incompatible, uint readOnly)
    {
        Refuse("grown", Unknown("compat", CompatibleNames, compatible & ~GrowCompatible)
            .Concat(Unknown("incompat", IncompatibleNames, incompatible & ~GrowIncompatible))
            .Concat(Unknown("ro_compat", ReadOnlyNames, readOnly & ~GrowReadOnly)));
    }

    private static void Refuse(string what, IEnumerable<string> names)
    {
        var list = string.Join(' ', names);
        if (list.Length > 0)
        {
            throw new FilesystemException(FilesystemError.UnsupportedFeature, $"file systems with these features are not {what}: {list}");
        }
    }

    private static IEnumerable<string> Unknown(string field, string?[] names, uint bits)
    {
        for (var bit = 0; bit < 32; bit++)
        {
            if ((bits & (1u << bit)) != 0)
            {
                yield return (bit < names.Length ? names[bit] : null) ?? $"{field} 0x{1u << bit:x}";
            }
        }
    }
}
