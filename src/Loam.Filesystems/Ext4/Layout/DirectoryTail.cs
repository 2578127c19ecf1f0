using Loam.Filesystems.Blocks;

namespace Loam.Filesystems.Ext4.Layout;

/// <summary>The checksum of a directory's block in place of its last entry (kernel, <c>fs/ext4/ext4.h</c>,
/// <c>struct ext4_dir_entry_tail</c>).</summary>
internal static class DirectoryTail
{
    public const int Bytes = 12; // sizeof(struct ext4_dir_entry_tail)

    private const int Zero = 0x0; // det_reserved_zero1
    private const int Length = 0x4; // det_rec_len
    private const int NameLength = 0x6; // det_reserved_zero2
    private const int Type = 0x7; // det_reserved_ft
    private const int Checksum = 0x8; // det_checksum

    private const byte TailType = 0xDE; // EXT4_FT_DIR_CSUM

    /// <summary>Ends a block.</summary>
    public static void Write(Span<byte> block, uint inodeSeed)
    {
        var tail = block[^Bytes..];
        tail.Clear();
        tail.PutLe16(Length, Bytes);
        tail[Type] = TailType;
        tail.PutLe32(Checksum, Crc32C.Add(inodeSeed, block[..^Bytes]));
    }

    /// <summary>Whether a block ends with its checksum.</summary>
    public static bool IsRight(ReadOnlySpan<byte> block, uint inodeSeed)
    {
        var tail = block[^Bytes..];
        return tail.Le32(Zero) == 0 && tail.Le16(Length) == Bytes && tail[NameLength] == 0 && tail[Type] == TailType
            && Crc32C.Add(inodeSeed, block[..^Bytes]) == tail.Le32(Checksum);
    }
}
