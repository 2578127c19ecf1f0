using Loam.Streams;

namespace Loam.Layers;

/// <summary>Compresses to one zstd frame. Disposing ends the frame and leaves the output open.</summary>
internal sealed class ZstdCompressStream(Stream output) : WriteOnlyStream
{
    private const int OutputBytes = 128 << 10;

    private readonly ZstdContext _context = ZstdContext.ForCompression(ZstdContext.DefaultLevel);
    private readonly byte[] _compressed = GC.AllocateUninitializedArray<byte>(OutputBytes);
    private bool _ended;

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            var (consumed, produced, _) = _context.CompressSome(buffer, _compressed);
            output.Write(_compressed, 0, produced);
            buffer = buffer[consumed..];
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && !_ended)
        {
            _ended = true;
            using (_context)
            {
                for (var ended = false; !ended;)
                {
                    (_, var produced, ended) = _context.CompressSome([], _compressed);
                    output.Write(_compressed, 0, produced);
                }
            }
        }

        base.Dispose(disposing);
    }
}
