using Loam.Streams;

namespace Loam.Layers;

/// <summary>Inflates a chain of gzip members (RFC 1952) and nothing else, through <see cref="Igzip"/>.</summary>
internal sealed class IgzipStream(Stream blob, Igzip igzip) : ReadOnlyStream
{
    private const int InputBytes = 128 << 10;

    private readonly byte[] _input = GC.AllocateUninitializedArray<byte>(InputBytes);
    private int _start;
    private int _end;

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
            if (igzip.AtMemberEnd)
            {
                if (atEnd)
                {
                    return 0;
                }

                igzip.NextMember();
            }

            var produced = Inflate(buffer);
            if (produced > 0)
            {
                return produced;
            }

            if (atEnd && !igzip.AtMemberEnd)
            {
                throw CompressionException.Damaged("the gzip data is truncated");
            }
        }

        return 0;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            igzip.Dispose();
            blob.Dispose();
        }

        base.Dispose(disposing);
    }

    private int Inflate(Span<byte> buffer)
    {
        try
        {
            var (consumed, produced) = igzip.Inflate(_input.AsSpan(_start, _end - _start), buffer);
            _start += consumed;
            return produced;
        }
        catch (InvalidDataException e)
        {
            throw CompressionException.Damaged("the gzip data is damaged, or followed by other data", e);
        }
    }
}
