namespace Loam.Filesystems;

/// <summary>
/// Hands out the blocks of a disk from the front, in the order they are asked for, so that content can be written
/// before anything is known of what follows. Freed blocks are used again first. The same calls give the same blocks.
/// </summary>
public sealed class BlockHeap
{
    private readonly SortedSet<BlockRange> _free = new(Comparer<BlockRange>.Create((a, b) => a.Start.CompareTo(b.Start)));
    private readonly DiskFile _disk;
    private readonly Func<long, BlockRange> _reservedFrom;

    /// <summary>Creates a heap.</summary>
    /// <param name="disk">The disk whose blocks it hands out.</param>
    /// <param name="reservedFrom">The first range of blocks never to be handed out that ends after a given block.</param>
    /// <exception cref="ArgumentNullException"><paramref name="disk"/> or <paramref name="reservedFrom"/> is null.</exception>
    public BlockHeap(DiskFile disk, Func<long, BlockRange> reservedFrom)
    {
        ArgumentNullException.ThrowIfNull(disk);
        ArgumentNullException.ThrowIfNull(reservedFrom);
        _disk = disk;
        _reservedFrom = reservedFrom;
        End = SkipReserved(0);
    }

    /// <summary>The first block that was never handed out.</summary>
    public long End { get; private set; }

    /// <summary>How many blocks are in use.</summary>
    public long Used { get; private set; }

    /// <summary>The blocks below <see cref="End"/> that were given back, in rising order, none touching the next.</summary>
    public IReadOnlyCollection<BlockRange> Free => _free;

    /// <summary>Takes up to <paramref name="count"/> neighbouring blocks, at least one.</summary>
    /// <param name="count">How many would do, at least one.</param>
    /// <returns>The blocks.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is less than 1.</exception>
    public BlockRange Allocate(long count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        BlockRange range;
        if (_free.Count > 0)
        {
            var run = _free.Min;
            _free.Remove(run);
            range = run with { Count = Math.Min(run.Count, count) };
            if (run.Count > range.Count)
            {
                _free.Add(new BlockRange(range.End, run.Count - range.Count));
            }
        }
        else
        {
            range = new BlockRange(End, Math.Min(count, RoomAt(End)));
            End = SkipReserved(range.End);
        }

        Used += range.Count;
        return range;
    }

    /// <summary>Takes exactly <paramref name="count"/> neighbouring blocks.</summary>
    /// <param name="count">How many, at least one, and no more than there are between two reserved ranges.</param>
    /// <returns>The blocks.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is less than 1.</exception>
    public BlockRange AllocateContiguous(long count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        var range = _free.FirstOrDefault(run => run.Count >= count);
        if (range.Count > 0)
        {
            _free.Remove(range);
            AddFree(new BlockRange(range.Start + count, range.Count - count));
            range = range with { Count = count };
        }
        else
        {
            for (; RoomAt(End) < count; End = SkipReserved(End + RoomAt(End)))
            {
                AddFree(new BlockRange(End, RoomAt(End)));
            }

            range = new BlockRange(End, count);
            End = SkipReserved(range.End);
        }

        Used += count;
        return range;
    }

    /// <summary>Where <see cref="End"/> would be if these runs of blocks were taken from the end, one after another.</summary>
    /// <param name="runs">How many blocks each has.</param>
    /// <returns>The block after the last.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="runs"/> is null.</exception>
    public long EndAfter(IEnumerable<long> runs)
    {
        ArgumentNullException.ThrowIfNull(runs);
        var end = End;
        foreach (var count in runs)
        {
            while (RoomAt(end) < count)
            {
                end = SkipReserved(end + RoomAt(end));
            }

            end = SkipReserved(end + count);
        }

        return end;
    }

    /// <summary>Gives blocks back. Until they are taken again or <see cref="PunchFree"/> is called, the disk keeps what
    /// they held.</summary>
    /// <param name="range">Blocks that are in use.</param>
    public void Release(BlockRange range)
    {
        Used -= range.Count;
        AddFree(range);
    }

    /// <summary>Turns all blocks that were given back into holes, so that they read as zeros when they are taken again.</summary>
    /// <exception cref="IOException">The disk cannot be written, or an earlier write failed.</exception>
    public void PunchFree()
    {
        foreach (var run in _free)
        {
            _disk.Punch(run);
        }
    }

    /// <summary>Gives a file's blocks back.</summary>
    /// <param name="content">The file's content.</param>
    /// <exception cref="ArgumentException">The content is not on this disk.</exception>
    public void Release(FileContent content)
    {
        foreach (var extent in BlockContent.Of(content, this).Extents)
        {
            Release(extent.Range);
        }
    }

    /// <summary>The parts of <see cref="Free"/> within a range.</summary>
    /// <param name="range">The range.</param>
    /// <returns>Free blocks in rising order.</returns>
    public IEnumerable<BlockRange> FreeWithin(BlockRange range)
    {
        // A run that begins before the range may reach into it.
        var from = _free.GetViewBetween(new BlockRange(0, 0), range).Max;
        foreach (var run in _free.GetViewBetween(from.Count > 0 ? from : range, new BlockRange(range.End - 1, 0)))
        {
            var start = Math.Max(run.Start, range.Start);
            var end = Math.Min(run.End, range.End);
            if (start < end)
            {
                yield return new BlockRange(start, end - start);
            }
        }
    }

    private void AddFree(BlockRange range)
    {
        if (range.Count == 0)
        {
            return;
        }

        var before = _free.GetViewBetween(new BlockRange(0, 0), range).Max;
        if (before.Count > 0 && before.End == range.Start)
        {
            _free.Remove(before);
            range = new BlockRange(before.Start, before.Count + range.Count);
        }

        var after = _free.GetViewBetween(new BlockRange(range.End, 0), new BlockRange(long.MaxValue, 0)).Min;
        if (after.Count > 0 && after.Start == range.End)
        {
            _free.Remove(after);
            range = range with { Count = range.Count + after.Count };
        }

        _free.Add(range);
    }

    /// <summary>How many blocks from one on are not reserved.</summary>
    private long RoomAt(long block) => Math.Max(0, _reservedFrom(block).Start - block);

    private long SkipReserved(long block)
    {
        while (_reservedFrom(block) is var reserved && reserved.Start <= block)
        {
            block = reserved.End;
        }

        return block;
    }
}
