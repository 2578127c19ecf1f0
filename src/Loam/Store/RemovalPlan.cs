namespace Loam.Store;

/// <summary>
/// Takes names, disks and blobs out of a store. Works while holding the store's lock alone, so that what it found to be
/// unused stays so. In the order that a kill at any instant leaves only whole things: first the names, then the disks,
/// each moved out of sight in one step, then the blobs.
/// </summary>
internal sealed class RemovalPlan(ImageStore store, StoreInventory inventory)
{
    private readonly HashSet<NamedImage> _names = [];
    private readonly List<StoredDisk> _disks = [];
    private readonly List<StoredBlob> _blobs = [];
    private readonly List<KeptItem> _kept = [];

    /// <summary>Marks names for removal.</summary>
    public void Drop(IEnumerable<NamedImage> names) => _names.UnionWith(names);

    /// <summary>Notes what stays although it was meant to go.</summary>
    public void Keep(string name, IEnumerable<WorkspaceUse> users) =>
        _kept.Add(new KeptItem(name, $"used by workspace {string.Join(", ", users.Select(use => use.Name))}"));

    /// <summary>The workspaces that were made from a name or from its disk.</summary>
    public IReadOnlyList<WorkspaceUse> UsersOf(NamedImage named)
    {
        var disk = store.Disks.FolderOf(named);
        return [.. inventory.Workspaces.Where(use => (named.Name is { } name && use.Uses(name)) || (disk is not null && use.Disk == disk))];
    }

    /// <summary>Marks for removal what only the dropped names lead to, and further disks of the same images.</summary>
    /// <param name="force">Whether what workspaces were made from goes too.</param>
    public void FreeDropped(bool force)
    {
        var candidates = new Reachability(store, inventory);
        foreach (var named in _names)
        {
            candidates.AddName(named);
        }

        var manifests = _names.Select(named => named.Digest).ToHashSet();
        foreach (var disk in inventory.Disks.Values.Where(disk => disk.Record is { } record && manifests.Contains(record.Digest)))
        {
            candidates.AddDisk(disk);
        }

        FreeUnreachable(force, disk => candidates.Disks.Contains(disk.Folder), blob => candidates.Blobs.Contains(blob.Digest));
    }

    /// <summary>Marks for removal everything that no name and no workspace leads to.</summary>
    public void FreeUnused() => FreeUnreachable(force: false, _ => true, _ => true);

    /// <summary>What would happen.</summary>
    /// <param name="others">Files that go besides.</param>
    /// <param name="dryRun">Whether that is all.</param>
    public RemovalReport Report(IEnumerable<FreedItem> others, bool dryRun) => new(
        dryRun,
        [.. _names.Select(store.ToRecord).OfType<ImageRecord>().OrderBy(image => image.ImageRef, StringComparer.Ordinal)],
        [
            .. _disks.Select(disk => new FreedItem(FreedKind.Disk, disk.Path, disk.SizeBytes, disk.AllocatedBytes)),
            .. _blobs.Select(blob => new FreedItem(FreedKind.Blob, blob.Digest.ToString(), blob.SizeBytes, blob.AllocatedBytes)),
            .. others,
        ],
        _kept);

    /// <summary>Does it.</summary>
    public async Task ExecuteAsync(CancellationToken cancellationToken)
    {
        if (_names.Count > 0)
        {
            await store.Names.UpdateAsync(names => [.. names.Where(named => !_names.Contains(named))], cancellationToken).ConfigureAwait(false);
        }

        foreach (var disk in _disks)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await store.Disks.RemoveAsync(disk.Folder, cancellationToken).ConfigureAwait(false);
        }

        foreach (var blob in _blobs)
        {
            cancellationToken.ThrowIfCancellationRequested();
            store.Blobs.Remove(blob.Digest);
        }
    }

    private void FreeUnreachable(bool force, Func<StoredDisk, bool> isDiskWanted, Func<StoredBlob, bool> isBlobWanted)
    {
        var reach = new Reachability(store, inventory);
        foreach (var named in inventory.Names.Where(named => !_names.Contains(named)))
        {
            reach.AddName(named);
        }

        var forced = force ? _names.SelectMany(UsersOf).ToHashSet() : [];
        foreach (var use in inventory.Workspaces.Where(use => !forced.Contains(use)))
        {
            if (use.Disk is { } folder && inventory.Disks.TryGetValue(folder, out var disk) && isDiskWanted(disk) && !reach.Disks.Contains(folder))
            {
                Keep(folder, [use]);
            }

            reach.AddWorkspace(use);
        }

        _disks.AddRange(inventory.Disks.Values.Where(disk => isDiskWanted(disk) && !reach.Disks.Contains(disk.Folder)));
        _blobs.AddRange(inventory.Blobs.Values.Where(blob => isBlobWanted(blob) && !reach.Blobs.Contains(blob.Digest)));
    }
}
