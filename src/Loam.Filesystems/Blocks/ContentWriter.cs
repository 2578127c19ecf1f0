namespace Loam.Filesystems;

/// <summary>
/// Writes one file's content after another into blocks of a heap. Blocks of zeros are not written: they become
/// holes. Use: <see cref="Write"/> and <see cref="Skip"/> from the file's first byte to its last, then
/// <see cref="Finish"/>; then the next file.
/// </summary>
public sealed class ContentWriter(DiskFile disk, BlockHeap heap) : IContentSink
{
    private readonly byte[] _partial = new byte[DiskFile.BlockSize];
    private readonly List<Extent> _extents = [];
    private long _position;

    /// <summary>Bytes of the present file so far.</summary>
    public long Position => _position;

    private int PartialLength => (int)(_position % DiskFile.BlockSize);

    /// <summary>Appends bytes.</summary>
    public void Write(ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            if (PartialLength == 0 && data.Length >= DiskFile.BlockSize)
            {
                var whole = data[..(data.Length / DiskFile.BlockSize * DiskFile.BlockSize)];
                WriteBlocks(_position / DiskFile.BlockSize, whole);
                _position += whole.Length;
                data = data[whole.Length..];
                continue;
            }

            var take = Math.Min(data.Length, DiskFile.BlockSize - PartialLength);
            data[..take].CopyTo(_partial.AsSpan(PartialLength));
            _position += take;
            data = data[take..];
            if (PartialLength == 0)
            {
                WriteBlocks(_position / DiskFile.BlockSize - 1, _partial);
            }
        }
    }

    /// <summary>Appends zeros, as a hole where whole blocks are covered.</summary>
    public void Skip(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        if (PartialLength > 0)
        {
            var fill = (int)Math.Min(bytes, DiskFile.BlockSize - PartialLength);
            _partial.AsSpan(PartialLength, fill).Clear();
            _position += fill;
            bytes -= fill;
            if (PartialLength == 0)
            {
                WriteBlocks(_position / DiskFile.BlockSize - 1, _partial);
            }
        }

        if (bytes > 0)
        {
            _position += bytes;
            _partial.AsSpan(0, PartialLength).Clear();
        }
    }

    /// <summary>Ends the file and makes ready for the next.</summary>
    public FileContent Finish()
    {
        var size = _position;
        if (PartialLength > 0)
        {
            _partial.AsSpan(PartialLength).Clear();
            WriteBlocks(_position / DiskFile.BlockSize, _partial);
        }

        var content = new BlockContent(size, _extents.Count == 0 ? [] : _extents.ToArray());
        _extents.Clear();
        _position = 0;
        return content;
    }

    private void WriteBlocks(long logical, ReadOnlySpan<byte> blocks)
    {
        while (!blocks.IsEmpty)
        {
            var run = RunLength(blocks, out var zeros);
            if (!zeros)
            {
                Place(logical, blocks[..run]);
            }

            logical += run / DiskFile.BlockSize;
            blocks = blocks[run..];
        }
    }

    /// <summary>The length in bytes of the leading blocks that are all zeros, or all not.</summary>
    private static int RunLength(ReadOnlySpan<byte> blocks, out bool zeros)
    {
        zeros = IsZero(blocks[..DiskFile.BlockSize]);
        var length = DiskFile.BlockSize;
        while (length < blocks.Length && IsZero(blocks.Slice(length, DiskFile.BlockSize)) == zeros)
        {
            length += DiskFile.BlockSize;
        }

        return length;
    }

    private static bool IsZero(ReadOnlySpan<byte> block) => !block.ContainsAnyExcept((byte)0);

    private void Place(long logical, ReadOnlySpan<byte> blocks)
    {
        while (!blocks.IsEmpty)
        {
            var range = heap.Allocate(blocks.Length / DiskFile.BlockSize);
            var length = (int)range.Count * DiskFile.BlockSize;
            disk.Write(range.Start, blocks[..length]);
            Append(new Extent(logical, range.Start, range.Count));
            logical += range.Count;
            blocks = blocks[length..];
        }
    }

    private void Append(Extent extent)
    {
        if (_extents.Count > 0)
        {
            var last = _extents[^1];
            if (last.Logical + last.Count == extent.Logical && last.Physical + last.Count == extent.Physical)
            {
                _extents[^1] = last with { Count = last.Count + extent.Count };
                return;
            }
        }

        _extents.Add(extent);
    }
}
