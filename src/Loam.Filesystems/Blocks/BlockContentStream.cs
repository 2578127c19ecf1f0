namespace Loam.Filesystems.Blocks;

/// <summary>The content of a file on a disk, read from the blocks it stands in.</summary>
/// <param name="content">Its path.</param>
/// <param name="blockSize">Bytes in a block.</param>
/// <param name="read">Fills a buffer with bytes of neighbouring blocks, from a byte of one of them on.</param>
internal sealed class BlockContentStream(BlockContent content, int blockSize, BlockContentStream.ReadBlocks read) : SparseStream
{
    private readonly IReadOnlyList<Extent> _extents = content.Extents;
    private int _extent;

    public delegate void ReadBlocks(long block, int skip, Span<byte> buffer);

    public override long Length => content.Size;

    public override IReadOnlyList<DataRange> DataRanges
    {
        get
        {
            var ranges = new List<DataRange>();
            if (!content.Inline.IsEmpty)
            {
                ranges.Add(new DataRange(0, content.Size));
            }

            foreach (var extent in _extents)
            {
                var start = extent.Logical * blockSize;
                var length = Math.Min(extent.Count * blockSize, content.Size - start);
                if (ranges.Count > 0 && ranges[^1].End == start)
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

    /// <returns>How many bytes up to the end of the extent, or of the hole, at the position.</returns>
    protected override int ReadAt(long position, Span<byte> buffer)
    {
        if (!content.Inline.IsEmpty)
        {
            content.Inline.Span.Slice((int)position, buffer.Length).CopyTo(buffer);
            return buffer.Length;
        }

        var block = position / blockSize;
        FindExtent(block);
        if (_extent < _extents.Count && _extents[_extent] is var extent && extent.Logical <= block)
        {
            var within = position - extent.Logical * blockSize;
            var count = (int)Math.Min(buffer.Length, extent.Count * blockSize - within);
            read(extent.Physical + within / blockSize, (int)(within % blockSize), buffer[..count]);
            return count;
        }

        var end = _extent < _extents.Count ? _extents[_extent].Logical * blockSize : Length;
        var zeros = (int)Math.Min(buffer.Length, end - position);
        buffer[..zeros].Clear();
        return zeros;
    }

    /// <summary>Makes the extent that ends behind a block the present one.</summary>
    private void FindExtent(long block)
    {
        if (_extent < _extents.Count && _extents[_extent].Logical <= block && block < _extents[_extent].Logical + _extents[_extent].Count)
        {
            return;
        }

        var (low, high) = (0, _extents.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_extents[middle].Logical + _extents[middle].Count <= block)
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
