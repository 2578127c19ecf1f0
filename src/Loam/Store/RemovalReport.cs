namespace Loam;

/// <summary>How images are deleted.</summary>
public sealed record DeleteOptions
{
    /// <summary>Whether disks and blobs that nothing else uses are removed too; else only the names are.</summary>
    public bool Free { get; init; }

    /// <summary>Whether images that a workspace was made from are removed too.</summary>
    public bool Force { get; init; }

    /// <summary>Whether to report what would be removed, and remove nothing.</summary>
    public bool DryRun { get; init; }
}

/// <summary>What is pruned. Unfinished files that no process works on, and names whose disk is missing, always are.</summary>
public sealed record PruneOptions
{
    /// <summary>Whether disks and blobs that no name and no workspace uses are removed.</summary>
    public bool Free { get; init; }

    /// <summary>With <see cref="Free"/>: names that were not used for so long, and that no workspace was made from, are removed too.</summary>
    public TimeSpan? OlderThan { get; init; }

    /// <summary>Whether to report what would be removed, and remove nothing.</summary>
    public bool DryRun { get; init; }
}

/// <summary>What a freed thing was.</summary>
public enum FreedKind
{
    /// <summary>A disk with its record.</summary>
    Disk,

    /// <summary>A blob.</summary>
    Blob,

    /// <summary>Something unfinished that no process worked on.</summary>
    Temporary,

    /// <summary>Something damaged that a repair had moved to the quarantine.</summary>
    Quarantined,
}

/// <summary>Something freed, or that would be.</summary>
/// <param name="Kind">What it was.</param>
/// <param name="Name">A blob's digest, else the path.</param>
/// <param name="SizeBytes">Its length.</param>
/// <param name="FreedBytes">The space it took on its file system in bytes; holes take none.</param>
public sealed record FreedItem(FreedKind Kind, string Name, long SizeBytes, long FreedBytes);

/// <summary>Something that is kept although it was to be removed, and why.</summary>
/// <param name="Name">A reference, or a disk's folder.</param>
/// <param name="Reason">Who uses it.</param>
public sealed record KeptItem(string Name, string Reason);

/// <summary>What was deleted, or would be.</summary>
/// <param name="DryRun">Whether nothing was done yet.</param>
/// <param name="Removed">The names that were removed.</param>
/// <param name="Freed">The files that were removed.</param>
/// <param name="Kept">What is in use.</param>
public sealed record RemovalReport(
    bool DryRun, IReadOnlyList<ImageRecord> Removed, IReadOnlyList<FreedItem> Freed, IReadOnlyList<KeptItem> Kept)
{
    /// <summary>The bytes that all freed files took on their file system.</summary>
    public long FreedBytes => Freed.Sum(item => item.FreedBytes);
}
