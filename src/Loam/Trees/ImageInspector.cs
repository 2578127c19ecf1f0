using Loam.Files;
using Loam.Images;
using Loam.Layers;
using Loam.Store;
using Loam.Trees;

namespace Loam;

/// <summary>Looks into images that are here; changes nothing.</summary>
public sealed class ImageInspector(ImageStore store)
{
    /// <summary>All that is known of an image. Layers whose uncompressed length no disk's record tells are inflated.</summary>
    /// <param name="image">The image, as <see cref="ImageStore.Find"/> takes it.</param>
    /// <param name="platform">Where a name holds several platforms, the one wanted; null for this machine's, else any.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="LoamException">As <see cref="ImageStore.Find"/>; <see cref="ErrorCodes.BlobMissing"/> where manifest
    /// or configuration are gone; what is wrong with a layer.</exception>
    public Task<ImageDetails> InspectAsync(string image, Platform? platform, CancellationToken cancellationToken) =>
        HoldingAsync(
            () =>
            {
                var named = store.FindName(image, platform);
                var (manifestBytes, configBytes, manifest, config) = Read(named);
                var disk = store.DiskFolderOf(named) is not null
                    ? DiskStore.ReadRecord(Path.Combine(Path.GetDirectoryName(store.DiskPathOf(named))!, DiskStore.RecordName))
                    : null;
                var history = History(config, manifest.Layers.Count);
                var layers = manifest.Layers.Select((blob, number) => new LayerDetails(
                    blob,
                    config.RootFs.DiffIds[number],
                    disk?.Layers.FirstOrDefault(layer => layer.Digest == blob.Digest)?.UncompressedSize
                        ?? Measure(new StoredLayer(store.Blobs, blob, config.RootFs.DiffIds[number]), cancellationToken),
                    history.FirstOrDefault(step => step.Layer == number)?.Entry.CreatedBy));
                var names = store.Names.Read();
                return new ImageDetails(
                    store.ToRecord(named)!,
                    ImageStore.IndexOf(named),
                    manifestBytes,
                    configBytes,
                    manifest,
                    config,
                    [.. layers],
                    history,
                    disk,
                    [.. names.Where(other => other.Digest == named.Digest).Select(ImageStore.NameOf).OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
                    Users(named));
            },
            cancellationToken);

    /// <summary>The manifest's bytes.</summary>
    /// <exception cref="LoamException">As <see cref="InspectAsync"/>.</exception>
    public Task<ReadOnlyMemory<byte>> ReadManifestAsync(string image, Platform? platform, CancellationToken cancellationToken) =>
        HoldingAsync<ReadOnlyMemory<byte>>(() => store.Blobs.ReadVerified(Present(store.FindName(image, platform)), ImageManifest.MaximumBytes), cancellationToken);

    /// <summary>The configuration's bytes.</summary>
    /// <exception cref="LoamException">As <see cref="InspectAsync"/>.</exception>
    public Task<ReadOnlyMemory<byte>> ReadConfigAsync(string image, Platform? platform, CancellationToken cancellationToken) =>
        HoldingAsync<ReadOnlyMemory<byte>>(() => Read(store.FindName(image, platform)).ConfigBytes, cancellationToken);

    /// <summary>What each of an image's layers adds, changes and removes, lowest first. Reads all layers.</summary>
    /// <exception cref="LoamException">As <see cref="InspectAsync"/>.</exception>
    public Task<IReadOnlyList<LayerChanges>> ReadTreeAsync(string image, Platform? platform, IProgress<WorkProgress>? progress, CancellationToken cancellationToken) =>
        HoldingAsync(
            () =>
            {
                using var contents = new ContentIdentity();
                var (_, _, manifest, config) = Read(store.FindName(image, platform));
                return new ImageTreeReader(store.Blobs, contents, progress).ReadChanges(manifest, config, cancellationToken);
            },
            cancellationToken);

    /// <summary>The paths in which two images differ, in byte order; what is added is in the second only. Reads all layers.</summary>
    /// <exception cref="LoamException">As <see cref="InspectAsync"/>.</exception>
    public Task<IReadOnlyList<PathChange>> DiffAsync(
        string left, string right, Platform? platform, IProgress<WorkProgress>? progress, CancellationToken cancellationToken) =>
        HoldingAsync<IReadOnlyList<PathChange>>(
            () =>
            {
                using var contents = new ContentIdentity();
                var (before, after) = (store.FindName(left, platform), store.FindName(right, platform));
                if (before.Digest == after.Digest)
                {
                    return [];
                }

                return TreeComparison.Compare(
                    Tree(before, contents, progress, cancellationToken), Tree(after, contents, progress, cancellationToken));
            },
            cancellationToken);

    private List<TreeEntry> Tree(Descriptor named, ContentIdentity contents, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        var (_, _, manifest, config) = Read(named);
        return TreeComparison.Snapshot(new ImageTreeReader(store.Blobs, contents, progress).Read(manifest, config, cancellationToken));
    }

    private (byte[] ManifestBytes, byte[] ConfigBytes, ImageManifest Manifest, ImageConfig Config) Read(Descriptor named)
    {
        var manifestBytes = store.Blobs.ReadVerified(Present(named), ImageManifest.MaximumBytes);
        var manifest = ImageManifest.Parse(manifestBytes);
        var configBytes = store.Blobs.ReadVerified(manifest.Config, ImageConfig.MaximumBytes);
        return (manifestBytes, configBytes, manifest, ImageConfig.Parse(configBytes, manifest));
    }

    private static Descriptor Present(Descriptor named) => MediaTypes.IsIndex(named.MediaType)
        ? throw new LoamException(ErrorCodes.NotAnImage, $"{ImageStore.NameOf(named)} leads to an index of several images, which another tool wrote here")
        : named;

    private IReadOnlyList<string> Users(Descriptor named)
    {
        var (name, disk) = (ImageStore.NameOf(named), store.DiskFolderOf(named));
        return [.. WorkspaceUse.ReadAll(store.Paths).Where(use => (name is not null && use.Uses(name)) || (disk is not null && use.Disk == disk)).Select(use => use.Name)];
    }

    private long? Measure(StoredLayer layer, CancellationToken cancellationToken) =>
        store.Blobs.Has(layer.Blob) ? LayerContent.LengthOf(layer.OpenUncompressed(read: null, cancellationToken), cancellationToken) : null;

    /// <summary>Steps and layers side by side, where there are as many of the one as of the other.</summary>
    private static List<HistoryStep> History(ImageConfig config, int layers)
    {
        var entries = (config.History ?? []).OfType<HistoryEntry>().ToList();
        var fits = entries.Count(entry => !entry.EmptyLayer) == layers;
        var number = 0;
        return [.. entries.Select(entry => new HistoryStep(entry, fits && !entry.EmptyLayer ? number++ : null))];
    }

    private Task<T> HoldingAsync<T>(Func<T> work, CancellationToken cancellationToken) =>
        FailureGuard.ForStore(store.Root).With(failure => new LoamException(ErrorCodes.LayerInvalid, failure.Message, failure)).RunAsync(async () =>
        {
            using var held = await store.HoldAsync(cancellationToken).ConfigureAwait(false);
            return await Task.Run(work, cancellationToken).ConfigureAwait(false);
        });
}
