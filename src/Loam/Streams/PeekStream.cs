namespace Loam.Streams;

/// <summary>Reads a stream through a large buffer, and shows its first bytes before they are read.</summary>
internal sealed class PeekStream(Stream inner) : ReadOnlyStream
{
    private const int BufferBytes = 128 << 10;

    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(BufferBytes);
    private int _start;
    private int _end;

    /// <summary>Up to that many bytes from where the stream stands; fewer only at its end.</summary>
    public ReadOnlySpan<byte> Peek(int count)
    {
        while (_end - _start < count && inner.Read(_buffer.AsSpan(_end)) is > 0 and var read)
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
                return inner.Read(buffer);
            }

            _start = 0;
            _end = inner.Read(_buffer);
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
}
