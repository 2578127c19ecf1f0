using Loam.Files;
using Loam.Images;
using Loam.Layers;
using Loam.Store;
using Loam.Trees;

namespace Loam;

/// <summary>Reads the images of a store; changes nothing.</summary>
/// <example>
/// <code>
/// var inspector = new ImageInspector(ImageStore.Open());
/// var details = await inspector.InspectAsync("alpine");
/// Console.WriteLine(string.Join(' ', details.Config.Config?.Cmd ?? []));
/// foreach (var change in await inspector.DiffAsync("app:1", "app:2"))
/// {
///     Console.WriteLine($"{change.Kind} {change.Path}");
/// }
/// </code>
/// </example>
public class ImageInspector
{
    private readonly ImageStore _store;

    /// <summary>Reads the images of a store.</summary>
    /// <param name="store">The store.</param>
    /// <exception cref="ArgumentNullException"><paramref name="store"/> is null.</exception>
    public ImageInspector(ImageStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        _store = store;
    }

    /// <summary>For tests that derive from this class.</summary>
    protected ImageInspector() => _store = null!;

    /// <summary>All that is known of an image. Layers whose uncompressed length no disk's record states are inflated.</summary>
    /// <param name="image">The image, as <see cref="ImageStore.Get"/> takes it.</param>
    /// <param name="platform">Where a name has several platforms, the one wanted; null for this host's, else any.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>Manifest, configuration, layers, history, disk, names and users.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="image"/> is null.</exception>
    /// <exception cref="LoamException">As <see cref="ImageStore.Get"/>; <see cref="ErrorCodes.BlobMissing"/> where manifest
    /// or configuration are missing; what is wrong with a layer.</exception>
    public virtual Task<ImageDetails> InspectAsync(string image, Platform? platform = null, CancellationToken cancellationToken = default) =>
        HoldingAsync("inspect", image, progress: null, (run, _) => run.Describe(run._store.GetName(image, platform), cancellationToken), cancellationToken);

    /// <summary>The manifest as it was pulled.</summary>
    /// <param name="image">The image, as <see cref="ImageStore.Get"/> takes it.</param>
    /// <param name="platform">Where a name has several platforms, the one wanted; null for this host's, else any.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The manifest's bytes.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="image"/> is null.</exception>
    /// <exception cref="LoamException">As <see cref="InspectAsync"/>.</exception>
    public virtual Task<ReadOnlyMemory<byte>> ReadManifestAsync(string image, Platform? platform = null, CancellationToken cancellationToken = default) =>
        HoldingAsync<ReadOnlyMemory<byte>>(
            "inspect",
            image,
            progress: null,
            (run, _) => run._store.Blobs.ReadVerified(Present(run._store.GetName(image, platform)), ImageManifest.MaximumBytes),
            cancellationToken);

    /// <summary>The configuration as it was pulled.</summary>
    /// <param name="image">The image, as <see cref="ImageStore.Get"/> takes it.</param>
    /// <param name="platform">Where a name has several platforms, the one wanted; null for this host's, else any.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The configuration's bytes.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="image"/> is null.</exception>
    /// <exception cref="LoamException">As <see cref="InspectAsync"/>.</exception>
    public virtual Task<ReadOnlyMemory<byte>> ReadConfigAsync(string image, Platform? platform = null, CancellationToken cancellationToken = default) =>
        HoldingAsync<ReadOnlyMemory<byte>>(
            "inspect", image, progress: null, (run, _) => run.Read(run._store.GetName(image, platform)).ConfigBytes, cancellationToken);

    /// <summary>What each of an image's layers adds, changes and removes. Reads all layers.</summary>
    /// <param name="image">The image, as <see cref="ImageStore.Get"/> takes it.</param>
    /// <param name="platform">Where a name has several platforms, the one wanted; null for this host's, else any.</param>
    /// <param name="progress">Receives the number of bytes of each layer read so far; null for none.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The layers, lowest first.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="image"/> is null.</exception>
    /// <exception cref="LoamException">As <see cref="InspectAsync"/>.</exception>
    public virtual Task<IReadOnlyList<LayerChanges>> ReadTreeAsync(
        string image, Platform? platform = null, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default) =>
        HoldingAsync(
            "inspect",
            image,
            progress,
            (run, work) =>
            {
                using var contents = new ContentIdentity();
                var (_, manifest, config, _, _) = run.Read(run._store.GetName(image, platform));
                return new ImageTreeReader(run._store.Blobs, contents, work).ReadChanges(manifest, config, cancellationToken);
            },
            cancellationToken);

    /// <summary>The paths in which two images differ; what is added is in the second only. Reads all layers.</summary>
    /// <param name="left">The first image, as <see cref="ImageStore.Get"/> takes it.</param>
    /// <param name="right">The second image.</param>
    /// <param name="platform">Where a name has several platforms, the one wanted; null for this host's, else any.</param>
    /// <param name="progress">Receives the number of bytes of each layer read so far; null for none.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The paths, in byte order.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="left"/> or <paramref name="right"/> is null.</exception>
    /// <exception cref="LoamException">As <see cref="InspectAsync"/>.</exception>
    public virtual Task<IReadOnlyList<PathChange>> DiffAsync(
        string left, string right, Platform? platform = null, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(right);
        return HoldingAsync<IReadOnlyList<PathChange>>(
            "inspect",
            left,
            progress,
            (run, work) =>
            {
                using var contents = new ContentIdentity();
                var (before, after) = (run._store.GetName(left, platform), run._store.GetName(right, platform));
                return before.Digest == after.Digest
                    ? []
                    : TreeComparison.Compare(run.Tree(before, contents, work, cancellationToken), run.Tree(after, contents, work, cancellationToken));
            },
            cancellationToken);
    }

    private ImageDetails Describe(NamedImage named, CancellationToken cancellationToken)
    {
        var (_, manifest, config, manifestBytes, configBytes) = Read(named);
        var disk = _store.Disks.FolderOf(named) is not null
            ? DiskStore.ReadRecord(Path.Combine(Path.GetDirectoryName(_store.Disks.PathOf(named))!, DiskStore.RecordName))
            : null;
        var history = History(config, manifest.Layers.Count);
        var layers = manifest.Layers.Select((blob, number) => new LayerDetails(
            blob,
            config.RootFs.DiffIds[number],
            disk?.Layers.FirstOrDefault(layer => layer.Digest == blob.Digest)?.UncompressedSize
            ?? Measure(blob, config.RootFs.DiffIds[number], cancellationToken),
            history.FirstOrDefault(step => step.Layer == number)?.Entry.CreatedBy));
        var names = _store.Names.Read().Where(other => other.Digest == named.Digest).Select(other => other.Name).OfType<string>();
        return new ImageDetails(
            _store.ToRecord(named)!,
            named.Index,
            manifestBytes,
            configBytes,
            manifest,
            config,
            [.. layers],
            history,
            disk,
            [.. names.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
            Users(named));
    }

    private List<TreeEntry> Tree(NamedImage named, ContentIdentity contents, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        var (_, manifest, config, _, _) = Read(named);
        return TreeComparison.Snapshot(new ImageTreeReader(_store.Blobs, contents, progress).Read(manifest, config, cancellationToken));
    }

    private ImageDocuments Read(NamedImage named) => ImageDocuments.Read(_store.Blobs, Present(named));

    private static Descriptor Present(NamedImage named) => MediaTypes.IsIndex(named.MediaType)
        ? throw new LoamException(ErrorCodes.NotAnImage, $"{named.Name} refers to an index of several images, which another tool put into the store")
        : named.Manifest;

    private IReadOnlyList<string> Users(NamedImage named)
    {
        var disk = _store.Disks.FolderOf(named);
        var users = WorkspaceUse.ReadAll(_store.Paths).Where(use => (named.Name is { } name && use.Uses(name)) || (disk is not null && use.Disk == disk));
        return [.. users.Select(use => use.Name)];
    }

    private long? Measure(Descriptor blob, Digest diffId, CancellationToken cancellationToken) => _store.Blobs.Has(blob)
        ? LayerContent.LengthOf(new StoredLayer(_store.Blobs, blob, diffId).OpenUncompressed(read: null, cancellationToken), cancellationToken)
        : null;

    /// <summary>Steps and layers side by side, where there are as many of the one as of the other.</summary>
    private static List<HistoryStep> History(ImageConfig config, int layers)
    {
        var entries = (config.History ?? []).OfType<HistoryEntry>().ToList();
        var fits = entries.Count(entry => !entry.EmptyLayer) == layers;
        var number = 0;
        return [.. entries.Select(entry => new HistoryStep(entry, fits && !entry.EmptyLayer ? number++ : null))];
    }

    /// <summary>Works while nothing can be freed, on a thread of the pool.</summary>
    private Task<T> HoldingAsync<T>(
        string name, string image, IProgress<WorkProgress>? progress, Func<ImageInspector, IProgress<WorkProgress>?, T> work,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(image);
        var guard = FailureGuard.ForStore(_store.Root).With(failure => new LoamException(ErrorCodes.LayerInvalid, failure.Message, failure));
        return _store.RunAsync(name, image, progress, (store, operation) => guard.RunAsync(async () =>
        {
            using var held = await store.HoldAsync(cancellationToken).ConfigureAwait(false);
            return await Task.Run(() => work(new ImageInspector(store), operation), cancellationToken).ConfigureAwait(false);
        }));
    }
}
