namespace Loam.Filesystems;

/// <summary>A point in time as file systems keep it: seconds since 1970-01-01 UTC (negative before it) and
/// 0 to 999,999,999 nanoseconds after that second. It reaches further than <see cref="DateTimeOffset"/>, and ten times as fine
/// as its hundred.</summary>
/// <param name="Seconds">The second.</param>
/// <param name="Nanoseconds">How much later, less than a second.</param>
public readonly record struct Timestamp(long Seconds, uint Nanoseconds) : IComparable<Timestamp>
{
    private const uint NanosecondsPerSecond = 1_000_000_000;
    private const int NanosecondsPerTick = 100;

    /// <summary>1970-01-01T00:00:00Z, the time of every directory that no layer names.</summary>
    public static readonly Timestamp Epoch;

    /// <summary>How much later than the second, less than a second.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is a second or more.</exception>
    public uint Nanoseconds { get; init => field = Checked(value); } = Checked(Nanoseconds);

    /// <summary>The same point in time; nothing is lost.</summary>
    /// <param name="time">A time in any zone.</param>
    /// <returns>The point in time.</returns>
    public static Timestamp FromDateTimeOffset(DateTimeOffset time)
    {
        var (seconds, ticks) = Math.DivRem(time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks, TimeSpan.TicksPerSecond);
        return ticks < 0
            ? new Timestamp(seconds - 1, (uint)((ticks + TimeSpan.TicksPerSecond) * NanosecondsPerTick))
            : new Timestamp(seconds, (uint)(ticks * NanosecondsPerTick));
    }

    /// <summary>The same point in time in UTC, cut to a tenth of a microsecond.</summary>
    /// <returns>The point in time.</returns>
    /// <exception cref="OverflowException">It is before the year 1 or after the year 9999.</exception>
    public DateTimeOffset ToDateTimeOffset() =>
        TryToDateTimeOffset(out var time) ? time : throw new OverflowException($"{Seconds} seconds since 1970 are beyond the years 1 to 9999");

    /// <summary>The same point in time in UTC, cut to a tenth of a microsecond, if it is within the years 1 to 9999.</summary>
    /// <param name="time">The point in time.</param>
    /// <returns>Whether it is.</returns>
    public bool TryToDateTimeOffset(out DateTimeOffset time)
    {
        var fits = Seconds >= DateTimeOffset.MinValue.ToUnixTimeSeconds() && Seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds();
        time = fits ? DateTimeOffset.FromUnixTimeSeconds(Seconds).AddTicks(Nanoseconds / NanosecondsPerTick) : default;
        return fits;
    }

    /// <inheritdoc/>
    public int CompareTo(Timestamp other) => (Seconds, Nanoseconds).CompareTo((other.Seconds, other.Nanoseconds));

    private static uint Checked(uint nanoseconds)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(nanoseconds, NanosecondsPerSecond, nameof(Nanoseconds));
        return nanoseconds;
    }
}
