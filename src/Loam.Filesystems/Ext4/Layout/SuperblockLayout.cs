using Loam.Filesystems.Blocks;

namespace Loam.Filesystems.Ext4.Layout;

/// <summary>The superblock (super.rst; kernel, <c>fs/ext4/ext4.h</c>, <c>struct ext4_super_block</c>): where its fields stand,
/// in bytes from its start.</summary>
internal static class SuperblockLayout
{
    /// <summary>Where the first superblock stands on the disk.</summary>
    public const int DiskOffset = 1024;

    public const int Size = 1024; // sizeof(struct ext4_super_block)

    public const int Inodes = 0x00; // s_inodes_count
    public const int BlocksLow = 0x04; // s_blocks_count_lo
    public const int ReservedLow = 0x08; // s_r_blocks_count_lo
    public const int FreeBlocksLow = 0x0C; // s_free_blocks_count_lo
    public const int FreeInodes = 0x10; // s_free_inodes_count
    public const int FirstDataBlock = 0x14; // s_first_data_block
    public const int LogBlockSize = 0x18; // s_log_block_size
    public const int LogClusterSize = 0x1C; // s_log_cluster_size
    public const int BlocksPerGroup = 0x20; // s_blocks_per_group
    public const int ClustersPerGroup = 0x24; // s_clusters_per_group
    public const int InodesPerGroup = 0x28; // s_inodes_per_group
    public const int MaximumMounts = 0x36; // s_max_mnt_count
    public const int Magic = 0x38; // s_magic
    public const int State = 0x3A; // s_state
    public const int Errors = 0x3C; // s_errors
    public const int Revision = 0x4C; // s_rev_level
    public const int FirstInode = 0x54; // s_first_ino
    public const int InodeSize = 0x58; // s_inode_size
    public const int Group = 0x5A; // s_block_group_nr
    public const int Compatible = 0x5C; // s_feature_compat
    public const int Incompatible = 0x60; // s_feature_incompat
    public const int ReadOnly = 0x64; // s_feature_ro_compat
    public const int Uuid = 0x68; // s_uuid
    public const int Label = 0x78; // s_volume_name
    public const int ReservedDescriptors = 0xCE; // s_reserved_gdt_blocks
    public const int JournalInode = 0xE0; // s_journal_inum
    public const int HashSeed = 0xEC; // s_hash_seed
    public const int HashVersion = 0xFC; // s_def_hash_version
    public const int JournalBackup = 0xFD; // s_jnl_backup_type
    public const int DescriptorSize = 0xFE; // s_desc_size
    public const int MountOptions = 0x100; // s_default_mount_opts
    public const int FirstMetaGroup = 0x104; // s_first_meta_bg
    public const int JournalMap = 0x10C; // s_jnl_blocks: the journal inode's i_block,
    public const int JournalSizeHigh = 0x148; // s_jnl_blocks[15]: its i_size_high,
    public const int JournalSizeLow = 0x14C; // s_jnl_blocks[16]: and its i_size_lo
    public const int BlocksHigh = 0x150; // s_blocks_count_hi
    public const int ReservedHigh = 0x154; // s_r_blocks_count_hi
    public const int FreeBlocksHigh = 0x158; // s_free_blocks_count_hi
    public const int MinimumExtraSize = 0x15C; // s_min_extra_isize
    public const int WantedExtraSize = 0x15E; // s_want_extra_isize
    public const int Flags = 0x160; // s_flags
    public const int LogFlexibleGroups = 0x174; // s_log_groups_per_flex
    public const int ChecksumType = 0x175; // s_checksum_type
    public const int Overhead = 0x248; // s_overhead_clusters
    public const int FirstBackupGroup = 0x24C; // s_backup_bgs[0]
    public const int SecondBackupGroup = 0x250; // s_backup_bgs[1]
    public const int ChecksumSeed = 0x270; // s_checksum_seed
    public const int Checksum = 0x3FC; // s_checksum

    public const int UuidBytes = 16;
    public const int LabelBytes = 16; // EXT4_LABEL_MAX

    /// <summary>What <see cref="LogBlockSize"/> counts from: blocks of 2 to this power of bytes.</summary>
    public const int MinimumLogBlockSize = 10; // EXT4_MIN_BLOCK_LOG_SIZE

    public const ushort MagicNumber = 0xEF53; // EXT4_SUPER_MAGIC
    public const ushort CleanState = 1; // EXT4_VALID_FS
    public const ushort ErrorState = 2; // EXT4_ERROR_FS
    public const ushort ContinueOnErrors = 1; // EXT4_ERRORS_CONTINUE
    public const ushort NoMountLimit = 0xFFFF; // s_max_mnt_count of -1
    public const uint DynamicRevision = 1; // EXT4_DYNAMIC_REV
    public const uint UnsignedHash = 2; // EXT2_FLAGS_UNSIGNED_HASH
    public const uint XAttrMounts = 4; // EXT4_DEFM_XATTR_USER
    public const uint AclMounts = 8; // EXT4_DEFM_ACL
    public const byte JournalBackupOfMap = 1; // EXT3_JNL_BACKUP_BLOCKS
    public const byte Crc32CChecksums = 1; // EXT4_CRC32C_CHKSUM

    /// <summary>The checksum of a superblock (checksums.rst).</summary>
    public static uint ChecksumOf(ReadOnlySpan<byte> superblock) => Crc32C.Add(Crc32C.Start, superblock[..Checksum]);

    /// <summary>Makes a superblock the copy of a group, with its checksum.</summary>
    public static void Seal(Span<byte> superblock, long group)
    {
        superblock.PutLe16(Group, group);
        superblock.PutLe32(Checksum, ChecksumOf(superblock));
    }
}
