using Loam.Streams;

namespace Loam.Layers;

/// <summary>Decompresses whatever images and archives are compressed with, judged by the first bytes: media types lie.</summary>
internal static class Decompressor
{
    private const int MagicBytes = 6;

    /// <summary>Opens the uncompressed bytes; what is not known to be compressed is passed on as it is.</summary>
    /// <param name="blob">The compressed bytes; disposed with the result.</param>
    /// <param name="read">Receives the number of compressed bytes read so far; null for none.</param>
    /// <exception cref="CompressionException">They are compressed with something else; so are reads of the result where the
    /// bytes are wrong.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.ZstdMissing"/>.</exception>
    public static Stream Open(Stream blob, Action<long>? read = null)
    {
        var whole = new PeekStream(blob, read);
        try
        {
            return whole.Peek(MagicBytes) switch
            {
                [0x1F, 0x8B, ..] => OpenGzip(whole),
                [0x28, 0xB5, 0x2F, 0xFD, ..] => new ZstdStream(whole),

                // Skippable frames may come first (RFC 8878, 3.1.2).
                [>= 0x50 and <= 0x5F, 0x2A, 0x4D, 0x18, ..] => new ZstdStream(whole),
                [(byte)'B', (byte)'Z', (byte)'h', ..] => throw Unsupported("bzip2"),
                [0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0] => throw Unsupported("xz"),
                _ => whole,
            };
        }
        catch
        {
            whole.Dispose();
            throw;
        }
    }

    private static Stream OpenGzip(Stream blob) =>
        Igzip.Create() is { } igzip ? new IgzipStream(blob, igzip) : new StrictGzipStream(blob);

    private static CompressionException Unsupported(string what) => new(CompressionError.Unsupported, $"the data is compressed with {what}");
}
