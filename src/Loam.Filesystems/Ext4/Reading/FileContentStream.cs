using Loam.Filesystems.Ext4.Reading;

namespace Loam.Filesystems;

/// <summary>Bytes of a file that stand in blocks; between ranges there are holes.</summary>
/// <param name="Offset">The first byte's place in the file.</param>
/// <param name="Length">How many bytes.</param>
public readonly record struct DataRange(long Offset, long Length);

/// <summary>The content of a file on a disk, read from where it stands. Holes read as zeros; where they are,
/// <see cref="DataRanges"/> says.</summary>
public sealed class FileContentStream : Stream
{
    private readonly BlockReader _blocks;
    private readonly BlockContent _content;
    private int _extent;
    private long _position;

    internal FileContentStream(BlockReader blocks, BlockContent content) => (_blocks, _content) = (blocks, content);

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => true;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => _content.Size;

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

    /// <summary>Where the file has data, in rising order, none touching the next.</summary>
    public IReadOnlyList<DataRange> DataRanges
    {
        get
        {
            var ranges = new List<DataRange>();
            if (!_content.Inline.IsEmpty)
            {
                ranges.Add(new DataRange(0, _content.Size));
            }

            foreach (var extent in _content.Extents)
            {
                var start = extent.Logical * _blocks.BlockSize;
                var length = Math.Min(extent.Count * _blocks.BlockSize, _content.Size - start);
                if (ranges.Count > 0 && ranges[^1].Offset + ranges[^1].Length == start)
                {
                    ranges[^1] = ranges[^1] with { Length = ranges[^1].Length + length };
                }
                else
                {
                    ranges.Add(new DataRange(start, length));
                }
            }

            return ranges;
        }
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty || _position >= Length)
        {
            return 0;
        }

        var count = (int)Math.Min(buffer.Length, Length - _position);
        count = _content.Inline.IsEmpty ? ReadBlocks(buffer[..count]) : ReadInline(buffer[..count]);
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

    private int ReadInline(Span<byte> buffer)
    {
        _content.Inline.Span.Slice((int)_position, buffer.Length).CopyTo(buffer);
        return buffer.Length;
    }

    /// <returns>How many bytes up to the end of the extent, or of the hole, at the position.</returns>
    private int ReadBlocks(Span<byte> buffer)
    {
        var size = _blocks.BlockSize;
        var block = _position / size;
        FindExtent(block);
        if (_extent < _content.Extents.Count && _content.Extents[_extent] is var extent && extent.Logical <= block)
        {
            var within = _position - extent.Logical * size;
            var count = (int)Math.Min(buffer.Length, extent.Count * size - within);
            _blocks.ReadWithin(extent.Physical + within / size, (int)(within % size), buffer[..count]);
            return count;
        }

        var end = _extent < _content.Extents.Count ? _content.Extents[_extent].Logical * size : Length;
        var zeros = (int)Math.Min(buffer.Length, end - _position);
        buffer[..zeros].Clear();
        return zeros;
    }

    /// <summary>Makes the extent that ends behind a block the present one.</summary>
    private void FindExtent(long block)
    {
        var extents = _content.Extents;
        if (_extent < extents.Count && extents[_extent].Logical <= block && block < extents[_extent].Logical + extents[_extent].Count)
        {
            return;
        }

        var (low, high) = (0, extents.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (extents[middle].Logical + extents[middle].Count <= block)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        _extent = low;
    }
}
