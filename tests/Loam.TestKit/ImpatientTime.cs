using System.Collections.Concurrent;

namespace Loam.TestKit;

/// <summary>A clock that stands still, on which every pause is over at once and noted.</summary>
public sealed class ImpatientTime(DateTimeOffset now) : TimeProvider
{
    private readonly ConcurrentQueue<TimeSpan> _pauses = new();

    /// <summary>How long each pause was to be.</summary>
    public IReadOnlyList<TimeSpan> Pauses => [.. _pauses];

    public override DateTimeOffset GetUtcNow() => now;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        _pauses.Enqueue(dueTime);
        return System.CreateTimer(callback, state, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }
}
