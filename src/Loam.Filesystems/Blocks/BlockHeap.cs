namespace Loam.Filesystems;

/// <summary>
/// Hands out the blocks of a disk from the front, in the order they are asked for, so that content can be written
/// before anything is known of what follows. Freed blocks are used again first. The same calls give the same blocks.
/// </summary>
public sealed class BlockHeap
{
    private readonly IEnumerator<BlockRange> _reserved;
    private readonly SortedSet<BlockRange> _free = new(Comparer<BlockRange>.Create((a, b) => a.Start.CompareTo(b.Start)));
    private readonly DiskFile _disk;
    private BlockRange _nextReserved;

    /// <summary>Creates a heap.</summary>
    /// <param name="disk">The disk whose blocks it hands out.</param>
    /// <param name="reserved">Blocks never handed out, in rising order, without end if need be.</param>
    public BlockHeap(DiskFile disk, IEnumerable<BlockRange> reserved)
    {
        _disk = disk;
        _reserved = reserved.GetEnumerator();
        AdvanceReserved();
        SkipReserved();
    }

    /// <summary>The first block that was never handed out.</summary>
    public long End { get; private set; }

    /// <summary>How many blocks are in use.</summary>
    public long Used { get; private set; }

    /// <summary>The blocks below <see cref="End"/> that were given back, in rising order, none touching the next.</summary>
    public IReadOnlyCollection<BlockRange> Free => _free;

    /// <summary>Takes up to <paramref name="count"/> neighbouring blocks, at least one.</summary>
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
            range = new BlockRange(End, Math.Min(count, _nextReserved.Start - End));
            End = range.End;
            SkipReserved();
        }

        Used += range.Count;
        return range;
    }

    /// <summary>Takes <paramref name="count"/> neighbouring blocks from the end, whatever was given back before.</summary>
    public BlockRange AllocateContiguous(long count)
    {
        while (_nextReserved.Start - End < count)
        {
            AddFree(new BlockRange(End, _nextReserved.Start - End));
            End = _nextReserved.Start;
            SkipReserved();
        }

        var range = new BlockRange(End, count);
        End = range.End;
        SkipReserved();
        Used += count;
        return range;
    }

    /// <summary>Gives blocks back; on the disk they become a hole.</summary>
    public void Release(BlockRange range)
    {
        _disk.Punch(range);
        Used -= range.Count;
        AddFree(range);
    }

    /// <summary>Gives a file's blocks back.</summary>
    public void Release(FileContent content)
    {
        foreach (var extent in content.Extents)
        {
            Release(extent.Range);
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

    private void AdvanceReserved() =>
        _nextReserved = _reserved.MoveNext() ? _reserved.Current : new BlockRange(long.MaxValue / 2, 0);

    private void SkipReserved()
    {
        while (End == _nextReserved.Start)
        {
            End = _nextReserved.End;
            AdvanceReserved();
        }
    }
}
