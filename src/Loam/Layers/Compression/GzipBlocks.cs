using System.Buffers.Binary;
using System.IO.Compression;

namespace Loam.Layers;

/// <summary>Blocks of one gzip member: deflate data that ends on a byte and refers to nothing before it, as RFC 1951 lets
/// it, so that blocks that were made apart are one stream when they stand one behind the other.</summary>
internal sealed class GzipBlocks(int level) : BlockCompressor
{
    private const int TrailerBytes = 8;

    /// <summary>RFC 1952, 2.3: deflate, no name, no time, an unknown system.</summary>
    public static ReadOnlySpan<byte> Header => [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF];

    /// <summary>What ends a member: an empty block that says it is the last, the CRC-32 and the length of all.</summary>
    public static byte[] End(uint crc, long length)
    {
        var end = new byte[2 + TrailerBytes];
        end[0] = 0x03;
        BinaryPrimitives.WriteUInt32LittleEndian(end.AsSpan(2), crc);
        BinaryPrimitives.WriteUInt32LittleEndian(end.AsSpan(6), unchecked((uint)length));
        return end;
    }

    public override uint Compress(ReadOnlySpan<byte> block, MemoryStream output)
    {
        // The library makes a whole member: its header is left out by the one who joins the blocks, its end is cut off,
        // and its CRC saves computing one.
        int length;
        using (var gzip = new GZipStream(output, new ZLibCompressionOptions { CompressionLevel = level }, leaveOpen: true))
        {
            gzip.Write(block);
            gzip.Flush();
            length = (int)output.Length;
        }

        var crc = BinaryPrimitives.ReadUInt32LittleEndian(output.GetBuffer().AsSpan((int)output.Length - TrailerBytes));
        output.SetLength(length);
        return crc;
    }
}
