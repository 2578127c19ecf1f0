using Loam.Store;

namespace Loam;

public partial class ImageStore
{
    /// <summary>Removes names, and on request the disks and blobs that only they use. Either all images are removed or none.</summary>
    /// <param name="images">The images, each as <see cref="Get"/> takes it; a digest removes all names of its image.</param>
    /// <param name="options">How; null for the names only.</param>
    /// <param name="cancellationToken">Cancels the wait for other processes, and the work between two files.</param>
    /// <returns>What was removed, or would be.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="images"/> is null.</exception>
    /// <exception cref="LoamException">As <see cref="Get"/>; <see cref="ErrorCodes.ImageInUse"/> where files would be removed that
    /// a workspace was made from; <see cref="ErrorCodes.WorkspaceUnreadable"/>.</exception>
    public virtual Task<RemovalReport> DeleteAsync(
        IReadOnlyList<string> images, DeleteOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        return RunAsync("delete", string.Join(", ", images), listener: null, (store, _) =>
            store.DeleteOnceAsync(images, options ?? new DeleteOptions(), cancellationToken));
    }

    /// <summary>Removes an image's name, and on request the disks and blobs that only it uses.</summary>
    /// <param name="image">The image, as <see cref="Get"/> takes it; a digest removes all names of its image.</param>
    /// <param name="options">How; null for the name only.</param>
    /// <param name="cancellationToken">Cancels the wait for other processes, and the work between two files.</param>
    /// <returns>What was removed, or would be.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="image"/> is null.</exception>
    /// <exception cref="LoamException">As for several images.</exception>
    public Task<RemovalReport> DeleteAsync(string image, DeleteOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        return DeleteAsync([image], options, cancellationToken);
    }

    /// <summary>Removes unused data: unfinished files that no process works on, names whose disk is missing, and on
    /// request every disk and blob that no name and no workspace uses.</summary>
    /// <param name="options">How far; null for the first two.</param>
    /// <param name="cancellationToken">Cancels the wait for other processes, and the work between two files.</param>
    /// <returns>What was removed, or would be.</returns>
    /// <exception cref="LoamException"><see cref="ErrorCodes.StoreDamaged"/> and <see cref="ErrorCodes.WorkspaceUnreadable"/>
    /// where what is in use cannot be known; nothing is freed then.</exception>
    public virtual Task<RemovalReport> PruneAsync(PruneOptions? options = null, CancellationToken cancellationToken = default) =>
        RunAsync("prune", "", listener: null, (store, _) => store.PruneOnceAsync(options ?? new PruneOptions(), cancellationToken));

    private Task<RemovalReport> DeleteOnceAsync(IReadOnlyList<string> images, DeleteOptions options, CancellationToken cancellationToken) =>
        GuardAsync(async () =>
        {
            using var alone = options.Free && !options.DryRun
                ? await ExcludeAsync(cancellationToken).ConfigureAwait(false)
                : await HoldAsync(cancellationToken).ConfigureAwait(false);
            var inventory = options.Free
                ? StoreInventory.Read(this)
                : StoreInventory.OfNames(Names.Read());
            var resolver = new NameResolver(inventory.Names);
            var removal = new RemovalPlan(this, inventory);
            foreach (var image in images)
            {
                var found = resolver.Get(image);
                var users = options.Free && !options.Force
                    ? found.SelectMany(removal.UsersOf).Select(use => use.Name).Distinct(StringComparer.Ordinal).ToList()
                    : [];
                if (users.Count > 0)
                {
                    throw new LoamException(ErrorCodes.ImageInUse, $"{image} is used by workspace {string.Join(", ", users)}");
                }

                removal.Drop(found);
            }

            if (options.Free)
            {
                removal.FreeDropped(options.Force);
            }

            var report = removal.Report([], options.DryRun);
            if (!options.DryRun)
            {
                await removal.ExecuteAsync(cancellationToken).ConfigureAwait(false);
            }

            return report;
        });

    private Task<RemovalReport> PruneOnceAsync(PruneOptions options, CancellationToken cancellationToken) => GuardAsync(async () =>
    {
        using var alone = options.DryRun
            ? await HoldAsync(cancellationToken).ConfigureAwait(false)
            : await ExcludeAsync(cancellationToken).ConfigureAwait(false);
        var inventory = StoreInventory.Read(this);
        var removal = new RemovalPlan(this, inventory);
        foreach (var named in inventory.Names.Where(named => IsStale(named) || IsOld(named, options)))
        {
            if (removal.UsersOf(named) is { Count: > 0 } users)
            {
                removal.Keep(named.Name ?? named.Digest.ToString(), users);
            }
            else
            {
                removal.Drop([named]);
            }
        }

        if (options.Free)
        {
            removal.FreeUnused();
        }

        // While pulls run, only those who look (a dry run) come here; what a lock owns is not garbage then.
        var others = Staging.List().Where(item => !options.DryRun || !Staging.IsOwned(item.Name)).Concat(options.Free ? Quarantined() : []).ToList();
        var report = removal.Report(others, options.DryRun);
        if (!options.DryRun)
        {
            await removal.ExecuteAsync(cancellationToken).ConfigureAwait(false);
            Staging.Sweep(keepPartialBlobs: false);
            if (options.Free && Directory.Exists(Paths.Quarantine))
            {
                Directory.Delete(Paths.Quarantine, recursive: true);
            }
        }

        return report;
    });

    /// <summary>Whether a name leads to nothing any more: its disk is gone, or it never had one and its manifest is gone.</summary>
    private bool IsStale(NamedImage named) =>
        !File.Exists(Disks.PathOf(named)) && (named.Disk is not null || !File.Exists(Paths.Blob(named.Digest)));

    private bool IsOld(NamedImage named, PruneOptions options) =>
        options is { Free: true, OlderThan: { } age } && ToRecord(named) is { } image && _time.GetUtcNow() - image.LastUsedAt > age;

    private IEnumerable<FreedItem> Quarantined() => Directory.Exists(Paths.Quarantine)
        ? Directory.EnumerateFileSystemEntries(Paths.Quarantine).Order(StringComparer.Ordinal).Select(path => FileUsage.Of(FreedKind.Quarantined, path))
        : [];
}
