using Loam.Store;

namespace Loam;

public partial class ImageStore
{
    /// <summary>Measures what takes space, and what prune would free.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>Numbers and bytes, by kind.</returns>
    /// <exception cref="LoamException">As <see cref="PruneAsync"/>.</exception>
    public virtual async Task<StoreUsage> MeasureAsync(CancellationToken cancellationToken = default)
    {
        var prune = await PruneOnceAsync(new PruneOptions { Free = true, DryRun = true }, cancellationToken).ConfigureAwait(false);
        return await GuardAsync(async () =>
        {
            using var held = await HoldAsync(cancellationToken).ConfigureAwait(false);
            var disks = StoreInventory.ReadDisks(Paths).Select(disk => new FreedItem(FreedKind.Disk, disk.Path, disk.SizeBytes, disk.AllocatedBytes));
            var blobs = StoreInventory.ReadBlobs(Paths)
                .Select(blob => new FreedItem(FreedKind.Blob, blob.Digest.ToString(), blob.SizeBytes, blob.AllocatedBytes));
            var workspaces = Directory.Exists(Paths.Workspaces) ? Directory.EnumerateDirectories(Paths.Workspaces) : [];
            return new StoreUsage(
                Names.Read().Count,
                Line([.. blobs], Freed(FreedKind.Blob)),
                Line([.. disks], Freed(FreedKind.Disk)),
                Line(Staging.List(), Freed(FreedKind.Temporary)),
                Line([.. Quarantined()], Freed(FreedKind.Quarantined)),
                Line([.. workspaces.Select(folder => FileUsage.Of(FreedKind.Disk, folder))], 0));
        }).ConfigureAwait(false);

        long Freed(FreedKind kind) => prune.Freed.Where(item => item.Kind == kind).Sum(item => item.FreedBytes);
    }

    private static UsageLine Line(IReadOnlyList<FreedItem> items, long reclaimable) =>
        new(items.Count, items.Sum(item => item.SizeBytes), items.Sum(item => item.FreedBytes), reclaimable);
}
