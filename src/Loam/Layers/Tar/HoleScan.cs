using Loam.Filesystems;

namespace Loam.Layers;

/// <summary>
/// Finds what of a file is worth storing: everything but long runs of zeros. It looks at the content alone, whether zeros
/// are holes or stand in blocks, so that the same content is stored in the same way wherever it comes from.
/// </summary>
internal static class HoleScan
{
    /// <summary>Shorter runs of zeros are stored: compressed they are next to nothing, and plain files are read by everything.</summary>
    public const long LeastHole = 1 << 20;

    /// <summary>More ranges than that are joined; readers in Go take a map of at most 1 MiB.</summary>
    public const int MaximumRanges = 20_000;

    private const int Block = 4096;

    /// <summary>The ranges to store, in rising order; null where that is all of the file.</summary>
    /// <param name="content">The file; left anywhere.</param>
    /// <param name="buffer">Whole blocks of 4 KiB, for use meanwhile.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public static IReadOnlyList<SparseRange>? Find(Stream content, byte[] buffer, CancellationToken cancellationToken)
    {
        var size = content.Length;
        if (size < LeastHole)
        {
            return null;
        }

        var ranges = new List<SparseRange>();
        var done = 0L;
        foreach (var data in DataOf(content))
        {
            var position = Math.Max(done, data.Offset / Block * Block);
            done = Math.Min(size, (data.Offset + data.Length + Block - 1) / Block * Block);
            while (position < done)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var read = buffer.AsSpan(0, (int)Math.Min(buffer.Length, done - position));
                content.Position = position;
                content.ReadExactly(read);
                AddBlocks(ranges, read, position, LeastHole);
                position += read.Length;
            }
        }

        // What is left at the end is a hole too, if it is long enough.
        Add(ranges, size, size, LeastHole);
        for (var least = LeastHole * 2; ranges.Count > MaximumRanges; least *= 2)
        {
            var fewer = new List<SparseRange>();
            ranges.ForEach(range => Add(fewer, range.Offset, range.Offset + range.Length, least));
            ranges = fewer;
        }

        return ranges is [{ Offset: 0 } all] && all.Length == size ? null : ranges;
    }

    /// <summary>Where a stream has data, as far as it knows.</summary>
    private static IReadOnlyList<DataRange> DataOf(Stream content) =>
        content is SparseStream sparse ? sparse.DataRanges : [new DataRange(0, content.Length)];

    private static void AddBlocks(List<SparseRange> ranges, ReadOnlySpan<byte> data, long position, long least)
    {
        for (var at = 0; at < data.Length; at += Block)
        {
            var block = data[at..Math.Min(data.Length, at + Block)];
            if (block.ContainsAnyExcept((byte)0))
            {
                Add(ranges, position + at, position + at + block.Length, least);
            }
        }
    }

    private static void Add(List<SparseRange> ranges, long start, long end, long least)
    {
        var (last, before) = ranges.Count > 0 ? (ranges[^1], ranges[^1].Offset + ranges[^1].Length) : (default, 0L);
        if (start - before >= least)
        {
            ranges.Add(new SparseRange(start, end - start));
        }
        else if (ranges.Count > 0)
        {
            ranges[^1] = last with { Length = end - last.Offset };
        }
        else
        {
            ranges.Add(new SparseRange(0, end));
        }
    }
}
