using Loam.Store;

namespace Loam;

public sealed partial class ImageStore
{
    /// <summary>Takes names away, and on request what only they lead to. Either all images go or none.</summary>
    /// <param name="images">The images, each as <see cref="Find"/> takes it; a digest takes all names of its image.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Ends the wait for others, and the work between files.</param>
    /// <exception cref="LoamException">As <see cref="Find"/>; <see cref="ErrorCodes.ImageInUse"/> where files would go that
    /// a workspace was made from; <see cref="ErrorCodes.WorkspaceUnreadable"/>.</exception>
    public Task<RemovalReport> DeleteAsync(IReadOnlyList<string> images, DeleteOptions options, CancellationToken cancellationToken) =>
        GuardAsync(async () =>
        {
            using var alone = options.Free && !options.DryRun
                ? await ExcludeAsync(cancellationToken).ConfigureAwait(false)
                : await HoldAsync(cancellationToken).ConfigureAwait(false);
            var inventory = options.Free
                ? StoreInventory.Read(this)
                : new StoreInventory(Names.Read(), new Dictionary<string, StoredDisk>(StringComparer.Ordinal), new Dictionary<Digest, StoredBlob>(), []);
            var resolver = new NameResolver(inventory.Names);
            var removal = new RemovalPlan(this, inventory);
            foreach (var image in images)
            {
                var found = resolver.Resolve(image);
                if (options.Free && !options.Force && found.SelectMany(removal.UsersOf).Select(use => use.Name).Distinct(StringComparer.Ordinal).ToList() is { Count: > 0 } users)
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

    /// <summary>Takes away what is of no use: unfinished things that nobody works on, names whose disk is gone, and on
    /// request every disk and blob that no name and no workspace leads to.</summary>
    /// <param name="options">How far.</param>
    /// <param name="cancellationToken">Ends the wait for others, and the work between files.</param>
    /// <exception cref="LoamException"><see cref="ErrorCodes.StoreDamaged"/> and <see cref="ErrorCodes.WorkspaceUnreadable"/>
    /// where what is in use cannot be known; nothing is freed then.</exception>
    public Task<RemovalReport> PruneAsync(PruneOptions options, CancellationToken cancellationToken) => GuardAsync(async () =>
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
