using Loam.Streams;

namespace Loam.Layers;

/// <summary>Inflates a layer. What it is compressed with is judged by its first bytes: media types lie.</summary>
internal static class LayerDecompressor
{
    private const int MagicBytes = 6;

    /// <summary>The uncompressed bytes of a blob; owns the blob's stream.</summary>
    public static Stream Open(Stream blob)
    {
        var whole = new PeekStream(blob);
        return whole.Peek(MagicBytes) switch
        {
            [0x1F, 0x8B, ..] => OpenGzip(whole),
            [0x28, 0xB5, 0x2F, 0xFD, ..] => new ZstdStream(whole),

            // Skippable frames may come first (RFC 8878, 3.1.2).
            [>= 0x50 and <= 0x5F, 0x2A, 0x4D, 0x18, ..] => new ZstdStream(whole),
            [(byte)'B', (byte)'Z', (byte)'h', ..] => throw Unsupported("bzip2", whole),
            [0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0] => throw Unsupported("xz", whole),
            _ => whole,
        };
    }

    private static Stream OpenGzip(Stream blob) =>
        Igzip.Create() is { } igzip ? new IgzipStream(blob, igzip) : new StrictGzipStream(blob);

    private static LoamException Unsupported(string what, Stream stream)
    {
        stream.Dispose();
        return new LoamException(ErrorCodes.UnsupportedCompression, $"the layer is compressed with {what}");
    }
}
