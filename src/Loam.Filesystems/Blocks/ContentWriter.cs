using System.Buffers;
using Loam.Filesystems.Blocks;

namespace Loam.Filesystems;

/// <summary>
/// Writes one file's content after another into blocks of a heap. Blocks of zeros are not written: they become
/// holes. Use: <see cref="Write"/>, <see cref="Skip"/> and <see cref="CopyFrom"/> from the file's first byte to its last, then
/// <see cref="Finish"/>; then the next file. <see cref="WriteFile(Stream, CancellationToken)"/> does all of that at once.
/// </summary>
public sealed class ContentWriter : IContentSink
{
    private const int CopyBytes = 1 << 20;

    private readonly DiskFile _disk;
    private readonly BlockHeap _heap;
    private readonly bool _isSummed;
    private readonly byte[] _partial = new byte[DiskFile.BlockSize];
    private readonly List<Extent> _extents = [];
    private long _position;

    /// <summary>Makes a writer.</summary>
    /// <param name="disk">Where contents are written.</param>
    /// <param name="heap">The heap that hands out the disk's blocks.</param>
    public ContentWriter(DiskFile disk, BlockHeap heap)
        : this(disk, heap, isSummed: false)
    {
    }

    /// <summary>Makes a writer.</summary>
    /// <param name="disk">Where contents are written.</param>
    /// <param name="heap">The heap that hands out the disk's blocks.</param>
    /// <param name="isSummed">Whether <see cref="Checksum"/> is kept.</param>
    internal ContentWriter(DiskFile disk, BlockHeap heap, bool isSummed)
    {
        ArgumentNullException.ThrowIfNull(disk);
        ArgumentNullException.ThrowIfNull(heap);
        (_disk, _heap, _isSummed) = (disk, heap, isSummed);
    }

    /// <summary>Bytes of the present file so far.</summary>
    public long Position => _position;

    /// <summary>CRC-32C of all blocks that were written, in their order.</summary>
    internal uint Checksum { get; private set; } = Crc32C.Start;

    private int PartialLength => (int)(_position % DiskFile.BlockSize);

    /// <summary>Appends bytes.</summary>
    /// <param name="data">The bytes.</param>
    /// <exception cref="IOException">The disk cannot be written, or an earlier write failed.</exception>
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
    /// <param name="bytes">How many.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bytes"/> is negative.</exception>
    /// <exception cref="IOException">The disk cannot be written, or an earlier write failed.</exception>
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

    /// <summary>Appends a stream from its position to its end. Holes of a <see cref="SparseStream"/> are not read.</summary>
    /// <param name="source">The stream; left open.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>How many bytes it had.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="source"/> is null.</exception>
    /// <exception cref="IOException">The stream cannot be read, or the disk not be written.</exception>
    public long CopyFrom(Stream source, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        var before = _position;
        var buffer = ArrayPool<byte>.Shared.Rent(CopyBytes);
        try
        {
            foreach (var end in EndsOfData(source))
            {
                for (int read; (read = source.Read(buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - (_position - before))))) > 0;)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    Write(buffer.AsSpan(0, read));
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return _position - before;
    }

    /// <summary>Appends a stream from its position to its end. Holes of a <see cref="SparseStream"/> are not read.</summary>
    /// <param name="source">The stream; left open.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>How many bytes it had.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="source"/> is null.</exception>
    /// <exception cref="IOException">The stream cannot be read, or the disk not be written.</exception>
    public async Task<long> CopyFromAsync(Stream source, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        var before = _position;
        var buffer = ArrayPool<byte>.Shared.Rent(CopyBytes);
        try
        {
            foreach (var end in EndsOfData(source))
            {
                int read;
                while ((read = await source.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, end - (_position - before))), cancellationToken)
                    .ConfigureAwait(false)) > 0)
                {
                    Write(buffer.AsSpan(0, read));
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return _position - before;
    }

    /// <summary>Writes a whole file.</summary>
    /// <param name="content">The file's bytes.</param>
    /// <returns>The content, for a <see cref="RegularFileNode"/> of a tree that is written to the same disk.</returns>
    /// <exception cref="InvalidOperationException">Another file is not finished yet.</exception>
    /// <exception cref="IOException">The disk cannot be written, or an earlier write failed.</exception>
    public FileContent WriteFile(ReadOnlySpan<byte> content)
    {
        RefuseUnfinished();
        Write(content);
        return Finish();
    }

    /// <summary>Writes a whole file.</summary>
    /// <param name="content">The file's bytes, from the stream's position to its end; left open.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The content, for a <see cref="RegularFileNode"/> of a tree that is written to the same disk.</returns>
    /// <exception cref="InvalidOperationException">Another file is not finished yet.</exception>
    /// <exception cref="IOException">The stream cannot be read, or the disk not be written.</exception>
    public FileContent WriteFile(Stream content, CancellationToken cancellationToken = default)
    {
        RefuseUnfinished();
        CopyFrom(content, cancellationToken);
        return Finish();
    }

    /// <summary>Writes a whole file.</summary>
    /// <param name="content">The file's bytes, from the stream's position to its end; left open.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The content, for a <see cref="RegularFileNode"/> of a tree that is written to the same disk.</returns>
    /// <exception cref="InvalidOperationException">Another file is not finished yet.</exception>
    /// <exception cref="IOException">The stream cannot be read, or the disk not be written.</exception>
    public async Task<FileContent> WriteFileAsync(Stream content, CancellationToken cancellationToken = default)
    {
        RefuseUnfinished();
        await CopyFromAsync(content, cancellationToken).ConfigureAwait(false);
        return Finish();
    }

    /// <summary>Ends the file; the next one can begin.</summary>
    /// <returns>The content, for a <see cref="RegularFileNode"/> of a tree that is written to the same disk.</returns>
    /// <exception cref="IOException">The disk cannot be written, or an earlier write failed.</exception>
    public FileContent Finish()
    {
        var size = _position;
        if (PartialLength > 0)
        {
            _partial.AsSpan(PartialLength).Clear();
            WriteBlocks(_position / DiskFile.BlockSize, _partial);
        }

        var content = new BlockContent(_heap, size, _extents.Count == 0 ? [] : _extents.ToArray());
        _extents.Clear();
        _position = 0;
        return content;
    }

    /// <summary>Fails while a file is under way.</summary>
    internal void RefuseUnfinished()
    {
        if (_position != 0)
        {
            throw new InvalidOperationException("the content of another file is not finished");
        }
    }

    /// <summary>Skips to the next data of a stream, and says where that ends, counted from where the stream stood.</summary>
    private IEnumerable<long> EndsOfData(Stream source)
    {
        if (source is not SparseStream sparse)
        {
            yield return long.MaxValue;
            yield break;
        }

        var (start, before) = (sparse.Position, _position);
        foreach (var range in sparse.DataRanges.Where(range => range.End > start))
        {
            sparse.Position = Math.Max(start, range.Offset);
            Skip(sparse.Position - start - (_position - before));
            yield return range.End - start;
        }

        Skip(Math.Max(0, sparse.Length - start) - (_position - before));
        sparse.Position = Math.Max(start, sparse.Length);
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
            var range = _heap.Allocate(blocks.Length / DiskFile.BlockSize);
            var length = (int)range.Count * DiskFile.BlockSize;
            _disk.Write(range.Start, blocks[..length]);
            Checksum = _isSummed ? Crc32C.Add(Checksum, blocks[..length]) : Checksum;
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
