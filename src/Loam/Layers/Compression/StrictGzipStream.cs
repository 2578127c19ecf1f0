using System.IO.Compression;
using System.Security.Cryptography;
using Loam.Streams;

namespace Loam.Layers;

/// <summary>
/// Inflates a chain of gzip members (RFC 1952) and nothing else. <see cref="GZipStream"/> ends quietly where its input
/// is cut off or where something follows the last member. So one more member, of random bytes that only this
/// stream knows, is put behind the blob: exactly if the blob is a chain of whole members do those bytes come out last.
/// </summary>
internal sealed class StrictGzipStream : ReadOnlyStream
{
    private const int SentinelBytes = 16;

    private readonly byte[] _sentinel = RandomNumberGenerator.GetBytes(SentinelBytes);
    private readonly byte[] _held = new byte[SentinelBytes];
    private readonly Stream _blob;
    private readonly GZipStream _gzip;
    private int _heldLength;
    private bool _ended;

    public StrictGzipStream(Stream blob)
    {
        _blob = blob;
        _gzip = new GZipStream(new AppendedStream(blob, Compress(_sentinel)), CompressionMode.Decompress);
    }

    public override int Read(Span<byte> buffer)
    {
        while (!_ended && buffer.Length > 0)
        {
            var passed = buffer.Length > SentinelBytes ? ReadLarge(buffer) : ReadSmall(buffer);
            if (passed > 0)
            {
                return passed;
            }
        }

        return 0;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _gzip.Dispose();
            _blob.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>Reads behind the bytes that are held back, passes all on but the last sixteen, and holds those back.</summary>
    private int ReadLarge(Span<byte> buffer)
    {
        var kept = _heldLength;
        _held.AsSpan(0, kept).CopyTo(buffer);
        var read = Inflate(buffer[kept..]);
        if (read == 0)
        {
            return 0;
        }

        var total = kept + read;
        _heldLength = Math.Min(SentinelBytes, total);
        buffer.Slice(total - _heldLength, _heldLength).CopyTo(_held);
        return total - _heldLength;
    }

    private int ReadSmall(Span<byte> buffer)
    {
        Span<byte> large = stackalloc byte[SentinelBytes + 1];
        var passed = ReadLarge(large[..(SentinelBytes + 1)]);
        large[..passed].CopyTo(buffer);
        return passed;
    }

    private int Inflate(Span<byte> buffer)
    {
        int read;
        try
        {
            read = _gzip.Read(buffer);
        }
        catch (InvalidDataException e)
        {
            throw Damaged(e);
        }

        if (read == 0)
        {
            _ended = true;
            if (_heldLength != SentinelBytes || !_held.AsSpan().SequenceEqual(_sentinel))
            {
                throw Damaged(null);
            }
        }

        return read;
    }

    private static CompressionException Damaged(Exception? inner) =>
        CompressionException.Damaged("the gzip data is truncated, damaged, or followed by other data", inner);

    private static byte[] Compress(byte[] content)
    {
        var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(content);
        }

        return compressed.ToArray();
    }

    private sealed class AppendedStream(Stream first, ReadOnlyMemory<byte> last) : ReadOnlyStream
    {
        private ReadOnlyMemory<byte> _last = last;

        public override int Read(Span<byte> buffer)
        {
            var read = first.Read(buffer);
            if (read > 0 || _last.IsEmpty)
            {
                return read;
            }

            read = Math.Min(buffer.Length, _last.Length);
            _last.Span[..read].CopyTo(buffer);
            _last = _last[read..];
            return read;
        }
    }
}
