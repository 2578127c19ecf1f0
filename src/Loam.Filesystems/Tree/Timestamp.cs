namespace Loam.Filesystems;

/// <summary>A point in time as file systems keep it: seconds since 1970-01-01 UTC (negative before it) and
/// 0 to 999,999,999 nanoseconds after that second.</summary>
public readonly record struct Timestamp(long Seconds, uint Nanoseconds)
{
    /// <summary>1970-01-01T00:00:00Z, the time of every directory that no layer names.</summary>
    public static readonly Timestamp Epoch;
}
