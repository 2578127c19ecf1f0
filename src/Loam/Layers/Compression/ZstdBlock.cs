namespace Loam.Layers;

/// <summary>Whole blocks of bytes as single zstd frames.</summary>
internal static class ZstdBlock
{
    /// <summary>One frame that holds the bytes.</summary>
    public static ReadOnlyMemory<byte> Compress(ReadOnlySpan<byte> content)
    {
        var compressed = new MemoryStream();
        using var zstd = new ZstdBlocks(ZstdContext.DefaultLevel);
        zstd.Compress(content, compressed);
        return compressed.GetBuffer().AsMemory(0, (int)compressed.Length);
    }

    /// <summary>Fills a buffer with what a frame holds.</summary>
    /// <exception cref="CompressionException">It is damaged, or holds more or less.</exception>
    public static void Decompress(byte[] compressed, Span<byte> content)
    {
        using var zstd = new ZstdStream(new MemoryStream(compressed, writable: false));
        if (zstd.ReadAtLeast(content, content.Length, throwOnEndOfStream: false) != content.Length || zstd.ReadByte() >= 0)
        {
            throw CompressionException.Damaged($"the zstd data does not hold exactly {content.Length} bytes");
        }
    }
}
