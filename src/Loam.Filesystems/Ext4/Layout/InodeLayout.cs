using Loam.Filesystems.Blocks;

namespace Loam.Filesystems.Ext4.Layout;

/// <summary>An inode (inodes.rst; kernel, <c>fs/ext4/ext4.h</c>, <c>struct ext4_inode</c>): where its fields stand, in bytes from
/// its start.</summary>
internal static class InodeLayout
{
    /// <summary>Bytes that every inode has; what follows them is there in larger inodes only.</summary>
    public const int OldSize = 128; // EXT4_GOOD_OLD_INODE_SIZE

    public const int Mode = 0x00; // i_mode
    public const int UidLow = 0x02; // i_uid
    public const int SizeLow = 0x04; // i_size_lo
    public const int Accessed = 0x08; // i_atime
    public const int Changed = 0x0C; // i_ctime
    public const int Modified = 0x10; // i_mtime
    public const int GidLow = 0x18; // i_gid
    public const int Links = 0x1A; // i_links_count
    public const int SectorsLow = 0x1C; // i_blocks_lo
    public const int Flags = 0x20; // i_flags
    public const int Root = 0x28; // i_block
    public const int Generation = 0x64; // i_generation
    public const int XAttrBlockLow = 0x68; // i_file_acl_lo
    public const int SizeHigh = 0x6C; // i_size_high
    public const int SectorsHigh = 0x74; // l_i_blocks_high
    public const int XAttrBlockHigh = 0x76; // l_i_file_acl_high
    public const int UidHigh = 0x78; // l_i_uid_high
    public const int GidHigh = 0x7A; // l_i_gid_high
    public const int ChecksumLow = 0x7C; // l_i_checksum_lo
    public const int ExtraSize = 0x80; // i_extra_isize
    public const int ChecksumHigh = 0x82; // i_checksum_hi
    public const int ChangedExtra = 0x84; // i_ctime_extra
    public const int ModifiedExtra = 0x88; // i_mtime_extra
    public const int AccessedExtra = 0x8C; // i_atime_extra
    public const int Created = 0x90; // i_crtime
    public const int CreatedExtra = 0x94; // i_crtime_extra

    /// <summary>Bytes of <see cref="Root"/>: an extent tree's root, a block map, a short symbolic link's target, a device's
    /// number, or content.</summary>
    public const int RootBytes = 60; // EXT4_N_BLOCKS * 4

    /// <summary>What the sectors of <see cref="SectorsLow"/> have.</summary>
    public const int SectorBytes = 512;

    public const uint IndexFlag = 0x1000; // EXT4_INDEX_FL
    public const uint ExtentsFlag = 0x8_0000; // EXT4_EXTENTS_FL
    public const uint XAttrInodeFlag = 0x20_0000; // EXT4_EA_INODE_FL
    public const uint InlineFlag = 0x1000_0000; // EXT4_INLINE_DATA_FL

    /// <summary>Whether an inode has room for a field behind those that all have.</summary>
    /// <param name="inode">The inode.</param>
    /// <param name="field">The field.</param>
    /// <param name="bytes">Its length.</param>
    public static bool Has(ReadOnlySpan<byte> inode, int field, int bytes) => ExtraSizeOf(inode) >= field + bytes - OldSize;

    /// <summary>How many bytes of fields an inode has behind those that all have.</summary>
    public static int ExtraSizeOf(ReadOnlySpan<byte> inode) => inode.Length > OldSize ? inode.Le16(ExtraSize) : 0;

    /// <summary>Gives an inode its checksum (checksums.rst).</summary>
    /// <param name="inode">The inode.</param>
    /// <param name="seed">What its checksums start from.</param>
    public static void Seal(Span<byte> inode, uint seed)
    {
        var checksum = ChecksumOf(inode, seed);
        inode.PutLe16(ChecksumLow, checksum);
        if (Has(inode, ChecksumHigh, sizeof(ushort)))
        {
            inode.PutLe16(ChecksumHigh, checksum >> 16);
        }
    }

    /// <summary>Whether an inode's checksum is right.</summary>
    /// <param name="inode">The inode.</param>
    /// <param name="seed">What its checksums start from.</param>
    public static bool HasRightChecksum(ReadOnlySpan<byte> inode, uint seed)
    {
        var checksum = ChecksumOf(inode, seed);
        return (ushort)checksum == inode.Le16(ChecksumLow)
            && (!Has(inode, ChecksumHigh, sizeof(ushort)) || (ushort)(checksum >> 16) == inode.Le16(ChecksumHigh));
    }

    /// <summary>The checksum; its own places count as zeros.</summary>
    private static uint ChecksumOf(ReadOnlySpan<byte> inode, uint seed)
    {
        var crc = Crc32C.Add(Crc32C.Add(seed, inode[..ChecksumLow]), [0, 0]);
        crc = Crc32C.Add(crc, inode[(ChecksumLow + sizeof(ushort))..OldSize]);
        if (inode.Length == OldSize)
        {
            return crc;
        }

        crc = Crc32C.Add(crc, inode[OldSize..ChecksumHigh]);
        crc = Crc32C.Add(crc, Has(inode, ChecksumHigh, sizeof(ushort)) ? [0, 0] : inode.Slice(ChecksumHigh, sizeof(ushort)));
        return Crc32C.Add(crc, inode[(ChecksumHigh + sizeof(ushort))..]);
    }
}
