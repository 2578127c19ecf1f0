namespace Loam.Filesystems.Ext4.Layout;

/// <summary>The feature bits of the superblock (super.rst, "s_feature_compat", "s_feature_incompat",
/// "s_feature_ro_compat"), and which of them are understood.</summary>
internal static class Features
{
    public const uint HasJournal = 0x4;
    public const uint ExtAttr = 0x8;
    public const uint ResizeInode = 0x10;
    public const uint DirIndex = 0x20;
    public const uint SparseSuper2 = 0x200;
    public const uint OrphanFile = 0x1000;

    public const uint FileType = 0x2;
    public const uint Recover = 0x4;
    public const uint MetaBlockGroups = 0x10;
    public const uint Extents = 0x40;
    public const uint SixtyFourBit = 0x80;
    public const uint MultiMountProtection = 0x100;
    public const uint FlexibleGroups = 0x200;
    public const uint XAttrInodes = 0x400;
    public const uint ChecksumSeed = 0x2000;
    public const uint LargeDirectories = 0x4000;
    public const uint InlineData = 0x8000;

    public const uint SparseSuper = 0x1;
    public const uint LargeFile = 0x2;
    public const uint HugeFile = 0x8;
    public const uint DescriptorChecksums = 0x10;
    public const uint DirectoryLinks = 0x20;
    public const uint ExtraInodeSize = 0x40;
    public const uint Quota = 0x100;
    public const uint BigAlloc = 0x200;
    public const uint MetadataChecksums = 0x400;
    public const uint Project = 0x2000;
    public const uint SharedBlocks = 0x4000;
    public const uint OrphansPresent = 0x10000;

    /// <summary>Those of the incompatible features that are read.</summary>
    private const uint ReadIncompatible = FileType | Recover | MetaBlockGroups | Extents | SixtyFourBit | MultiMountProtection
        | FlexibleGroups | XAttrInodes | ChecksumSeed | LargeDirectories | InlineData;

    /// <summary>What a file system may have that is to grow: a writer must understand all of it.</summary>
    private const uint GrowCompatible = 0x1 | 0x2 | HasJournal | ExtAttr | ResizeInode | DirIndex | OrphanFile;

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
