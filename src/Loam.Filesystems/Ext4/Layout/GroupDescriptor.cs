using Loam.Filesystems.Blocks;

namespace Loam.Filesystems.Ext4.Layout;

/// <summary>A block group's descriptor (group_descr.rst; kernel, <c>fs/ext4/ext4.h</c>, <c>struct ext4_group_desc</c>): 32
/// bytes, or 64 of which the second half holds high parts.</summary>
internal static class GroupDescriptor
{
    public const int OldSize = 32; // EXT4_MIN_DESC_SIZE
    public const int WideSize = 64; // EXT4_MIN_DESC_SIZE_64BIT

    public const int BlockBitmap = 0x00; // bg_block_bitmap_lo
    public const int InodeBitmap = 0x04; // bg_inode_bitmap_lo
    public const int InodeTable = 0x08; // bg_inode_table_lo
    public const int FreeBlocks = 0x0C; // bg_free_blocks_count_lo
    public const int FreeInodes = 0x0E; // bg_free_inodes_count_lo
    public const int Directories = 0x10; // bg_used_dirs_count_lo
    public const int Flags = 0x12; // bg_flags
    public const int BlockBitmapChecksum = 0x18; // bg_block_bitmap_csum_lo
    public const int InodeBitmapChecksum = 0x1A; // bg_inode_bitmap_csum_lo
    public const int UnusedInodes = 0x1C; // bg_itable_unused_lo
    public const int Checksum = 0x1E; // bg_checksum
    private const int BlockBitmapHigh = 0x20; // bg_block_bitmap_hi
    private const int InodeBitmapHigh = 0x24; // bg_inode_bitmap_hi
    private const int InodeTableHigh = 0x28; // bg_inode_table_hi
    private const int FreeBlocksHigh = 0x2C; // bg_free_blocks_count_hi
    private const int FreeInodesHigh = 0x2E; // bg_free_inodes_count_hi
    private const int DirectoriesHigh = 0x30; // bg_used_dirs_count_hi
    private const int UnusedInodesHigh = 0x32; // bg_itable_unused_hi
    private const int BlockBitmapChecksumHigh = 0x38; // bg_block_bitmap_csum_hi
    private const int InodeBitmapChecksumHigh = 0x3A; // bg_inode_bitmap_csum_hi

    public const ushort InodesUnused = 1; // EXT4_BG_INODE_UNINIT
    public const ushort BlocksUnused = 2; // EXT4_BG_BLOCK_UNINIT
    public const ushort TableZeroed = 4; // EXT4_BG_INODE_ZEROED

    /// <summary>A field with the address of a block.</summary>
    public static long Address(ReadOnlySpan<byte> descriptor, int field) =>
        descriptor.Le32(field) | (descriptor.Length >= WideSize ? (long)descriptor.Le32(HighOf(field)) << 32 : 0);

    /// <summary>A field with a number.</summary>
    public static uint Number(ReadOnlySpan<byte> descriptor, int field) =>
        descriptor.Le16(field) | (descriptor.Length >= WideSize ? (uint)descriptor.Le16(HighOf(field)) << 16 : 0);

    public static void PutAddress(Span<byte> descriptor, int field, long block)
    {
        descriptor.PutLe32(field, block);
        if (descriptor.Length >= WideSize)
        {
            descriptor.PutLe32(HighOf(field), block >> 32);
        }
    }

    public static void PutNumber(Span<byte> descriptor, int field, uint value)
    {
        descriptor.PutLe16(field, value);
        if (descriptor.Length >= WideSize)
        {
            descriptor.PutLe16(HighOf(field), value >> 16);
        }
    }

    /// <summary>The checksum that metadata_csum puts on a descriptor.</summary>
    public static ushort MetadataChecksum(ReadOnlySpan<byte> descriptor, uint seed, uint group)
    {
        var crc = Crc32C.Add(Crc32C.Add(seed, group), descriptor[..Checksum]);
        return (ushort)Crc32C.Add(Crc32C.Add(crc, [0, 0]), descriptor[(Checksum + sizeof(ushort))..]);
    }

    /// <summary>The checksum that the older uninit_bg puts on a descriptor.</summary>
    public static ushort Crc16(ReadOnlySpan<byte> descriptor, ReadOnlySpan<byte> uuid, uint group)
    {
        Span<byte> number = stackalloc byte[sizeof(uint)];
        number.PutLe32(0, group);
        var crc = OldChecksums.AddCrc16(OldChecksums.AddCrc16(ushort.MaxValue, uuid), number);
        return OldChecksums.AddCrc16(OldChecksums.AddCrc16(crc, descriptor[..Checksum]), descriptor[(Checksum + sizeof(ushort))..]);
    }

    private static int HighOf(int field) => field switch
    {
        BlockBitmap => BlockBitmapHigh,
        InodeBitmap => InodeBitmapHigh,
        InodeTable => InodeTableHigh,
        FreeBlocks => FreeBlocksHigh,
        FreeInodes => FreeInodesHigh,
        Directories => DirectoriesHigh,
        UnusedInodes => UnusedInodesHigh,
        BlockBitmapChecksum => BlockBitmapChecksumHigh,
        InodeBitmapChecksum => InodeBitmapChecksumHigh,
        _ => throw new ArgumentOutOfRangeException(nameof(field)),
    };
}
