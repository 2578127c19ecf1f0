using Loam.Streams;

namespace Loam.Layers;

/// <summary>Inflates a chain of zstd frames (RFC 8878) and nothing else.</summary>
internal sealed class ZstdStream(Stream blob) : ReadOnlyStream
{
    /// <summary>Windows beyond 128 MiB need more memory than a stranger's bytes may have (<c>zstd --long</c> asks for them).</summary>
    private const int MaximumWindowLog = 27;

    private const int InputBytes = 128 << 10;

    private readonly ZstdContext _context = ZstdContext.ForDecompression(MaximumWindowLog);
    private readonly byte[] _input = GC.AllocateUninitializedArray<byte>(InputBytes);
    private readonly byte[] _header = new byte[ZstdFrame.MaximumHeaderBytes];
    private int _headerLength;
    private int _start;
    private int _end;
    private bool _inFrame;

    /// <exception cref="CompressionException">The bytes are not whole zstd frames, or want too large a window.</exception>
    public override int Read(Span<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            if (_start == _end)
            {
                _start = 0;
                _end = blob.Read(_input);
            }

            var atEnd = _start == _end;
            if (atEnd && !_inFrame)
            {
                return 0;
            }

            var produced = Inflate(buffer);
            if (atEnd && produced == 0 && _inFrame)
            {
                throw CompressionException.Damaged("the zstd data is truncated");
            }

            if (produced > 0)
            {
                return produced;
            }
        }

        return 0;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _context.Dispose();
            blob.Dispose();
        }

        base.Dispose(disposing);
    }

    private int Inflate(Span<byte> buffer)
    {
        var input = _input.AsSpan(_start, _end - _start);
        KeepHeader(input);
        try
        {
            var (consumed, produced, ended) = _context.DecompressSome(input, buffer);
            _start += consumed;
            _inFrame = !ended;
            return produced;
        }
        catch (CompressionException e) when (e.Error == CompressionError.WindowTooLarge)
        {
            var window = ZstdFrame.WindowOf(_header.AsSpan(0, _headerLength));
            throw new CompressionException(e.Error, $"the zstd data needs a window of {window} bytes; {1 << MaximumWindowLog} are allowed", e);
        }
    }

    /// <summary>Keeps a frame's first bytes, which say how large a window it wants; they may come in two parts.</summary>
    private void KeepHeader(ReadOnlySpan<byte> input)
    {
        if (!_inFrame)
        {
            _headerLength = 0;
        }

        if (_headerLength < _header.Length)
        {
            var taken = input[..Math.Min(input.Length, _header.Length - _headerLength)];
            taken.CopyTo(_header.AsSpan(_headerLength));
            _headerLength += taken.Length;
        }
    }
}
