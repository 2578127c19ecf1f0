using System.Buffers.Binary;

namespace Loam.Filesystems.Ext4.Layout;

/// <summary>Fields of structures by their byte offset. The file system is little-endian, its journal big-endian. What is put
/// is cut to the field: its high part, if it has one, has a field of its own.</summary>
internal static class Fields
{
    public static ushort Le16(this ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    public static uint Le32(this ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    public static ushort Be16(this ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]);

    public static uint Be32(this ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32BigEndian(bytes[at..]);

    public static long Be64(this ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadInt64BigEndian(bytes[at..]);

    public static void PutLe16(this Span<byte> bytes, int at, long value) =>
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[at..], unchecked((ushort)value));

    public static void PutLe32(this Span<byte> bytes, int at, long value) =>
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[at..], unchecked((uint)value));

    public static void PutBe32(this Span<byte> bytes, int at, uint value) => BinaryPrimitives.WriteUInt32BigEndian(bytes[at..], value);
}
