using Loam.Filesystems.Blocks;

namespace Loam.Filesystems.Ext4.Layout;

/// <summary>What a node of the tree that maps a file's blocks begins with (ifork.rst, "Extent Tree"; kernel,
/// <c>fs/ext4/ext4_extents.h</c>, <c>struct ext4_extent_header</c>). Entries follow, each as long as it is; nodes that are blocks
/// end with a checksum (<c>struct ext4_extent_tail</c>).</summary>
/// <param name="Entries">Entries in use.</param>
/// <param name="Maximum">Entries that there is room for.</param>
/// <param name="Depth">Levels below the node; 0 where the entries are extents.</param>
internal readonly record struct ExtentHeader(int Entries, int Maximum, int Depth)
{
    public const int Bytes = 12; // sizeof(struct ext4_extent_header), and of its entries
    public const int TailBytes = 4; // sizeof(struct ext4_extent_tail)
    public const int DeepestTree = 5; // EXT4_MAX_EXTENT_DEPTH

    private const ushort MagicNumber = 0xF30A; // EXT4_EXT_MAGIC

    private const int MagicField = 0x0; // eh_magic
    private const int EntriesField = 0x2; // eh_entries
    private const int MaximumField = 0x4; // eh_max
    private const int DepthField = 0x6; // eh_depth

    /// <summary>Where the checksum of a block stands that has room for so many entries.</summary>
    public static int TailOffset(int maximum) => (maximum + 1) * Bytes; // et_checksum

    /// <summary>How many entries a node of so many bytes has room for.</summary>
    public static int RoomIn(int bytes) => bytes / Bytes - 1;

    /// <summary>Whether a node begins as a node does.</summary>
    public static bool HasMagic(ReadOnlySpan<byte> node) => node.Le16(MagicField) == MagicNumber;

    public static ExtentHeader Read(ReadOnlySpan<byte> node) => new(node.Le16(EntriesField), node.Le16(MaximumField), node.Le16(DepthField));

    /// <summary>An entry of a node.</summary>
    public static ReadOnlySpan<byte> Entry(ReadOnlySpan<byte> node, int number) => node.Slice((number + 1) * Bytes, Bytes);

    /// <summary>An entry of a node.</summary>
    public static Span<byte> Entry(Span<byte> node, int number) => node.Slice((number + 1) * Bytes, Bytes);

    public void WriteTo(Span<byte> node)
    {
        node.PutLe16(MagicField, MagicNumber);
        node.PutLe16(EntriesField, Entries);
        node.PutLe16(MaximumField, Maximum);
        node.PutLe16(DepthField, Depth);
    }

    /// <summary>Gives a block its checksum.</summary>
    public void Seal(Span<byte> block, uint inodeSeed)
    {
        var tail = TailOffset(Maximum);
        block.PutLe32(tail, Crc32C.Add(inodeSeed, block[..tail]));
    }

    /// <summary>Whether a block's checksum is there and right.</summary>
    public bool HasRightChecksum(ReadOnlySpan<byte> block, uint inodeSeed)
    {
        var tail = TailOffset(Maximum);
        return tail + TailBytes <= block.Length && Crc32C.Add(inodeSeed, block[..tail]) == block.Le32(tail);
    }
}
