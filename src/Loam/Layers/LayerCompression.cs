using System.Globalization;
using Loam.Images;

namespace Loam;

/// <summary>How the bytes of a layer are compressed.</summary>
public enum LayerCompressionKind
{
    /// <summary>gzip (RFC 1952), one member.</summary>
    Gzip,

    /// <summary>zstd (RFC 8878), a chain of frames.</summary>
    Zstd,
}

/// <summary>How a layer that is made is compressed. Equal layers and equal settings give equal bytes, however many
/// processors work on them, as long as the compressor's version is the same.</summary>
public sealed record LayerCompression
{
    private const int GzipLevel = 4; // Against 6: a fifth less time, 2 % more bytes.
    private const int MaximumGzipLevel = 9;
    private const int ZstdLevel = 3;
    private const int MaximumZstdLevel = 19;

    private LayerCompression(LayerCompressionKind kind, int level) => (Kind, Level) = (kind, level);

    /// <summary>gzip at level 4, which everything reads.</summary>
    public static LayerCompression Default { get; } = new(LayerCompressionKind.Gzip, GzipLevel);

    /// <summary>The format.</summary>
    public LayerCompressionKind Kind { get; }

    /// <summary>The level: 1 to 9 for gzip, 1 to 19 for zstd.</summary>
    public int Level { get; }

    internal string MediaType => Kind == LayerCompressionKind.Gzip ? MediaTypes.OciLayerGzip : MediaTypes.OciLayerZstd;

    /// <summary>Reads a setting as users write it.</summary>
    /// <param name="text"><c>gzip</c> (level 4), <c>zstd</c> (level 3), or one of them with a colon and a level.</param>
    /// <returns>The setting.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="text"/> is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.Usage"/>.</exception>
    public static LayerCompression Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var (kind, usual, most) = (colon < 0 ? text : text[..colon]) switch
        {
            "gzip" => (LayerCompressionKind.Gzip, GzipLevel, MaximumGzipLevel),
            "zstd" => (LayerCompressionKind.Zstd, ZstdLevel, MaximumZstdLevel),
            _ => throw Wrong(text),
        };
        if (colon < 0)
        {
            return new LayerCompression(kind, usual);
        }

        return int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var level) && level >= 1 && level <= most
            ? new LayerCompression(kind, level)
            : throw Wrong(text);
    }

    private static LoamException Wrong(string text) => new(ErrorCodes.Usage, $"\"{text}\" is not a way to compress a layer")
    {
        Hint = "Use gzip, gzip:1 to gzip:9, zstd, or zstd:1 to zstd:19.",
    };
}
