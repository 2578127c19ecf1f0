using Loam.Streams;

namespace Loam.Layers;

/// <summary>A layer's uncompressed bytes. What is wrong with the compressed ones is the layer's fault, and says so.</summary>
/// <param name="compressed">The compressed bytes; nothing is read of them before the first read.</param>
/// <param name="layer">The blob's digest, for errors.</param>
/// <param name="read">Receives the number of compressed bytes read so far; null for none.</param>
internal sealed class LayerStream(Stream compressed, Digest layer, Action<long>? read = null) : ReadOnlyStream
{
    private Stream? _inflated;

    /// <exception cref="LoamException"><see cref="ErrorCodes.LayerDamaged"/>, <see cref="ErrorCodes.UnsupportedCompression"/>,
    /// <see cref="ErrorCodes.LayerTooLarge"/>, <see cref="ErrorCodes.ZstdMissing"/>.</exception>
    public override int Read(Span<byte> buffer)
    {
        try
        {
            return (_inflated ??= Decompressor.Open(compressed, read)).Read(buffer);
        }
        catch (CompressionException e)
        {
            throw Translate(e);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            (_inflated ?? compressed).Dispose();
        }

        base.Dispose(disposing);
    }

    private LoamException Translate(CompressionException failure)
    {
        var code = failure.Error switch
        {
            CompressionError.Unsupported => ErrorCodes.UnsupportedCompression,
            CompressionError.WindowTooLarge => ErrorCodes.LayerTooLarge,
            _ => ErrorCodes.LayerDamaged,
        };
        return new LoamException(code, $"layer {layer}: {failure.Message}", failure)
        {
            Hint = failure.Error == CompressionError.WindowTooLarge ? CompressionException.WindowHint : code.Hint,
            Details = new Dictionary<string, string>(StringComparer.Ordinal) { ["layer"] = layer.ToString() },
        };
    }
}
