namespace Loam.Filesystems;

/// <summary>Bytes of a file that may be other than zero; between ranges there are holes.</summary>
/// <param name="Offset">The first byte's place in the file.</param>
/// <param name="Length">How many bytes.</param>
public readonly record struct DataRange(long Offset, long Length)
{
    /// <summary>The byte after the last.</summary>
    public long End => Offset + Length;
}

/// <summary>The content of a file, to be read from anywhere, that knows where its holes are: they read as zeros, and a
/// copy of the file can leave them out.</summary>
public abstract class SparseStream : Stream
{
    private long _position;

    /// <summary>Where the file has data, in rising order, none touching the next.</summary>
    public abstract IReadOnlyList<DataRange> DataRanges { get; }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => true;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Position
    {
        get => _position;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _position = value;
        }
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty || _position >= Length)
        {
            return 0;
        }

        var count = ReadAt(_position, buffer[..(int)Math.Min(buffer.Length, Length - _position)]);
        _position += count;
        return count;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override int ReadByte()
    {
        Span<byte> one = stackalloc byte[1];
        return Read(one) == 1 ? one[0] : -1;
    }

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled<int>(cancellationToken) : ValueTask.FromResult(Read(buffer.Span));

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => _position + offset,
        _ => Length + offset,
    };

    /// <inheritdoc/>
    public override void Flush()
    {
        // Nothing is ever written.
    }

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <summary>Reads bytes.</summary>
    /// <param name="position">Where from, before the end.</param>
    /// <param name="buffer">What is filled, not beyond the end; not empty.</param>
    /// <returns>How many bytes, at least one.</returns>
    protected abstract int ReadAt(long position, Span<byte> buffer);
}
