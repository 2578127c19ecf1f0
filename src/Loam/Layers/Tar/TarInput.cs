namespace Loam.Layers;

/// <summary>A tar stream read through one buffer; what it hands out are slices of it, valid until the next call.</summary>
internal sealed class TarInput(Stream source, long budget)
{
    public const int BlockSize = 512;

    private const int BufferBytes = 256 << 10;

    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(BufferBytes);
    private int _start;
    private int _end;

    /// <summary>How many bytes were handed out.</summary>
    public long Position { get; private set; }

    /// <summary>Takes the next 512 bytes; empty at the end of the stream.</summary>
    public ReadOnlySpan<byte> ReadBlock()
    {
        Fill(BlockSize);
        return _end == _start ? [] : Take(RequireAvailable(BlockSize));
    }

    /// <summary>Takes up to <paramref name="most"/> bytes, at least one.</summary>
    public ReadOnlySpan<byte> ReadSome(long most)
    {
        Fill(1);
        return _end == _start ? throw Truncated() : Take((int)Math.Min(most, _end - _start));
    }

    /// <summary>Takes exactly that many bytes into an array of their own.</summary>
    public byte[] ReadExactly(int count)
    {
        // The array grows with what really comes, so that a false length costs nothing.
        var content = new MemoryStream(Math.Min(count, BufferBytes));
        while (content.Length < count)
        {
            content.Write(ReadSome(count - content.Length));
        }

        return content.ToArray();
    }

    /// <summary>Passes over bytes.</summary>
    public void Skip(long count)
    {
        while (count > 0)
        {
            count -= ReadSome(count).Length;
        }
    }

    /// <summary>Reads to the end of the stream, where only zeros may still come.</summary>
    public void DrainZeros()
    {
        while (true)
        {
            Fill(1);
            if (_end == _start)
            {
                return;
            }

            if (Take(_end - _start).ContainsAnyExcept((byte)0))
            {
                throw TarException.Damaged("data follows the end of the archive");
            }
        }
    }

    private int RequireAvailable(int count) => _end - _start >= count ? count : throw Truncated();

    private ReadOnlySpan<byte> Take(int count)
    {
        var slice = _buffer.AsSpan(_start, count);
        _start += count;
        Position += count;
        return Position <= budget ? slice : throw TarException.Limit($"it has more than the {budget} bytes that are allowed");
    }

    private void Fill(int wanted)
    {
        if (_end - _start >= wanted)
        {
            return;
        }

        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        _end -= _start;
        _start = 0;
        int read;
        while (_end < wanted && (read = source.Read(_buffer, _end, _buffer.Length - _end)) > 0)
        {
            _end += read;
        }
    }

    private TarException Truncated() => TarException.Damaged($"the archive is truncated at byte {Position + _end - _start}");
}
