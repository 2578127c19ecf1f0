namespace Loam;

/// <summary>What one kind of thing takes.</summary>
/// <param name="Count">How many there are.</param>
/// <param name="SizeBytes">Their lengths.</param>
/// <param name="AllocatedBytes">What they take on their file system; holes take nothing.</param>
/// <param name="ReclaimableBytes">How much of that <c>prune --delete</c> would free now.</param>
public sealed record UsageLine(int Count, long SizeBytes, long AllocatedBytes, long ReclaimableBytes);

/// <summary>What takes space in a state folder.</summary>
/// <param name="Images">Names; they take none.</param>
/// <param name="Blobs">Manifests, configurations and compressed layers.</param>
/// <param name="Disks">Disks with their records.</param>
/// <param name="Unfinished">Files that are being made, or were when the process that made them ended.</param>
/// <param name="Quarantined">Files that a repair moved to the quarantine.</param>
/// <param name="Workspaces">The workspaces' own files.</param>
public sealed record StoreUsage(int Images, UsageLine Blobs, UsageLine Disks, UsageLine Unfinished, UsageLine Quarantined, UsageLine Workspaces)
{
    /// <summary>All of it.</summary>
    public UsageLine Total
    {
        get
        {
            UsageLine[] all = [Blobs, Disks, Unfinished, Quarantined, Workspaces];
            return new UsageLine(
                all.Sum(line => line.Count), all.Sum(line => line.SizeBytes), all.Sum(line => line.AllocatedBytes), all.Sum(line => line.ReclaimableBytes));
        }
    }
}
