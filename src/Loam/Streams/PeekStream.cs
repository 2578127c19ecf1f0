namespace Loam.Streams;

/// <summary>Reads a stream through a large buffer, shows its first bytes before they are read, and tells how much was read.</summary>
/// <param name="inner">The stream; disposed with this one.</param>
/// <param name="told">Receives the number of bytes read so far, every 256 KiB and at the end; null for none.</param>
internal sealed class PeekStream(Stream inner, Action<long>? told = null) : ReadOnlyStream
{
    private const int BufferBytes = 128 << 10;
    private const long TellEvery = 256 << 10;

    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(BufferBytes);
    private int _start;
    private int _end;
    private long _read;
    private long _told;

    /// <summary>Up to that many bytes from where the stream stands; fewer only at its end.</summary>
    public ReadOnlySpan<byte> Peek(int count)
    {
        while (_end - _start < count && ReadInner(_buffer.AsSpan(_end)) is > 0 and var read)
        {
            _end += read;
        }

        return _buffer.AsSpan(_start, Math.Min(count, _end - _start));
    }

    public override int Read(Span<byte> buffer)
    {
        if (_start == _end)
        {
            if (buffer.Length >= BufferBytes)
            {
                return ReadInner(buffer);
            }

            _start = 0;
            _end = ReadInner(_buffer);
        }

        var take = Math.Min(buffer.Length, _end - _start);
        _buffer.AsSpan(_start, take).CopyTo(buffer);
        _start += take;
        return take;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private int ReadInner(Span<byte> buffer)
    {
        var read = inner.Read(buffer);
        _read += read;
        if (_read - _told >= TellEvery || (read == 0 && _read != _told))
        {
            _told = _read;
            told?.Invoke(_read);
        }

        return read;
    }
}
