using System.Buffers.Binary;

namespace Loam.Layers;

/// <summary>The beginning of a zstd frame (RFC 8878, 3.1.1.1).</summary>
internal static class ZstdFrame
{
    /// <summary>The longest header: magic number, descriptor, window, dictionary and content size.</summary>
    public const int MaximumHeaderBytes = 18;

    private const int DescriptorOffset = 4;
    private const int SingleSegment = 0x20;
    private const int SmallestWindowLog = 10;
    private const int ShortContentSizeBase = 256;

    /// <summary>How many bytes before the present one a decoder must keep.</summary>
    /// <param name="header">The frame from its first byte on.</param>
    /// <returns>The bytes; null where the header is cut off.</returns>
    public static ulong? WindowOf(ReadOnlySpan<byte> header)
    {
        if (header.Length < DescriptorOffset + 2)
        {
            return null;
        }

        var descriptor = header[DescriptorOffset];
        var rest = header[(DescriptorOffset + 1)..];
        if ((descriptor & SingleSegment) == 0)
        {
            var window = 1UL << (SmallestWindowLog + (rest[0] >> 3));
            return window + window / 8 * (rest[0] & 7u);
        }

        // The window is all of the content, whose size follows the dictionary's identifier.
        var skip = (descriptor & 3) switch { 0 => 0, 1 => 1, 2 => 2, _ => 4 };
        var length = 1 << (descriptor >> 6);
        return rest.Length < skip + length ? null : length switch
        {
            1 => rest[skip],
            2 => BinaryPrimitives.ReadUInt16LittleEndian(rest[skip..]) + (ulong)ShortContentSizeBase,
            4 => BinaryPrimitives.ReadUInt32LittleEndian(rest[skip..]),
            _ => BinaryPrimitives.ReadUInt64LittleEndian(rest[skip..]),
        };
    }
}
