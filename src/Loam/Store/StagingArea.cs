using Loam.Files;

namespace Loam.Store;

/// <summary>
/// The one folder where unfinished things stand. A thing called <c>X</c> is made in files <c>X.part</c>, <c>X.tmp</c>
/// or a folder <c>X.dir</c>, by whoever holds <c>X.lock</c>; finished, it moves to its final name in one step.
/// </summary>
internal sealed class StagingArea(StatePaths paths, IProgress<StoreWait>? waits)
{
    /// <summary>Takes the right to make a thing, waiting while another process makes it.</summary>
    public async Task<StagingSlot> ReserveAsync(string stem, CancellationToken cancellationToken) =>
        new(
            Path.Combine(paths.StagingFolder, stem),
            await FileLock.AcquireAsync(LockPath(stem), LockKind.Transient, cancellationToken, waits).ConfigureAwait(false));

    /// <summary>Takes the right to make a thing if nobody else has it.</summary>
    public StagingSlot? TryReserve(string stem) =>
        FileLock.TryAcquire(LockPath(stem), LockKind.Transient) is { } owned ? new(Path.Combine(paths.StagingFolder, stem), owned) : null;

    /// <summary>Removes what no lock owns.</summary>
    /// <param name="keepPartialBlobs">Whether bytes that a later pull can continue from are kept.</param>
    public void Sweep(bool keepPartialBlobs)
    {
        var stems = Directory.EnumerateFileSystemEntries(paths.StagingFolder)
            .Select(path => Path.GetFileNameWithoutExtension(path)!)
            .ToHashSet(StringComparer.Ordinal);
        foreach (var stem in stems)
        {
            if (keepPartialBlobs && File.Exists(Path.Combine(paths.StagingFolder, stem + StagingSlot.PartSuffix)))
            {
                continue;
            }

            // Whoever holds the lock still works on it; leave it alone.
            using var slot = TryReserve(stem);
            slot?.Clear();
        }
    }

    /// <summary>What is unfinished now, and what it takes. While the store's lock is held alone, nobody works on any of it.</summary>
    public IReadOnlyList<FreedItem> List() =>
    [
        .. Directory.EnumerateFileSystemEntries(paths.StagingFolder).Order(StringComparer.Ordinal)
            .Where(path => !path.EndsWith(".lock", StringComparison.Ordinal))
            .Select(path => FileUsage.Of(FreedKind.Temporary, path)),
    ];

    /// <summary>Whether somebody works on what a path belongs to.</summary>
    public bool IsOwned(string path)
    {
        using var free = FileLock.TryAcquire(LockPath(Path.GetFileNameWithoutExtension(path)), LockKind.Transient);
        return free is null;
    }

    private string LockPath(string stem) => Path.Combine(paths.StagingFolder, stem + ".lock");
}

/// <summary>The right to make one thing, until disposed.</summary>
internal sealed class StagingSlot : IDisposable
{
    public const string PartSuffix = ".part";

    private readonly string _stem;
    private readonly FileLock _owned;

    /// <summary>Takes over a thing whose lock is held.</summary>
    public StagingSlot(string stem, FileLock owned)
    {
        (_stem, _owned) = (stem, owned);

        // Whoever had the lock while we waited may have been killed in the middle.
        ClearUnfinished();
    }

    /// <summary>A file that may be left behind, for a later process to go on with.</summary>
    public string Part => _stem + PartSuffix;

    /// <summary>A file that is useless unless finished.</summary>
    public string Temporary => _stem + ".tmp";

    /// <summary>A folder that is useless unless finished.</summary>
    public string Folder => _stem + ".dir";

    /// <summary>Removes whatever stands there.</summary>
    public void Clear()
    {
        File.Delete(Part);
        ClearUnfinished();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ClearUnfinished();
        _owned.Dispose();
    }

    private void ClearUnfinished()
    {
        File.Delete(Temporary);
        if (Directory.Exists(Folder))
        {
            Directory.Delete(Folder, recursive: true);
        }
    }
}
