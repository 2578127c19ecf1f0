using Loam.Filesystems;
using Loam.Images;
using Loam.Layers;
using Loam.Store;
using Loam.Trees;

namespace Loam;

/// <summary>Looks into images that are here; changes nothing.</summary>
public sealed class ImageInspector(ImageStore store)
{
    private const int ChunkBytes = 256 << 10;

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
                var (_, manifest, config, manifestBytes, configBytes) = Read(named);
                var disk = store.Disks.FolderOf(named) is not null
                    ? DiskStore.ReadRecord(Path.Combine(Path.GetDirectoryName(store.Disks.PathOf(named))!, DiskStore.RecordName))
                    : null;
                var history = History(config, manifest.Layers.Count);
                var layers = manifest.Layers.Select((blob, number) => new LayerDetails(
                    blob,
                    config.RootFs.DiffIds[number],
                    disk?.Layers.FirstOrDefault(layer => layer.Digest == blob.Digest)?.UncompressedSize ?? Measure(blob, cancellationToken),
                    history.FirstOrDefault(step => step.Layer == number)?.Entry.CreatedBy));
                var names = store.Names.Read();
                return new ImageDetails(
                    store.ToRecord(named)!,
                    named.Index,
                    manifestBytes,
                    configBytes,
                    manifest,
                    config,
                    [.. layers],
                    history,
                    disk,
                    [.. names.Where(other => other.Digest == named.Digest).Select(other => other.Name).OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
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
                var (_, manifest, config, _, _) = Read(store.FindName(image, platform));
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

    private List<TreeEntry> Tree(NamedImage named, ContentIdentity contents, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        var (_, manifest, config, _, _) = Read(named);
        return TreeComparison.Snapshot(new ImageTreeReader(store.Blobs, contents, progress).Read(manifest, config, cancellationToken));
    }

    private ImageDocuments Read(NamedImage named) => ImageDocuments.Read(store.Blobs, Present(named));

    private static Descriptor Present(NamedImage named) => MediaTypes.IsIndex(named.MediaType)
        ? throw new LoamException(ErrorCodes.NotAnImage, $"{named.Name} leads to an index of several images, which another tool wrote here")
        : named.Manifest;

    private IReadOnlyList<string> Users(NamedImage named)
    {
        var disk = store.Disks.FolderOf(named);
        return [.. WorkspaceUse.ReadAll(store.Paths).Where(use => (named.Name is { } name && use.Uses(name)) || (disk is not null && use.Disk == disk)).Select(use => use.Name)];
    }

    private long? Measure(Descriptor blob, CancellationToken cancellationToken)
    {
        if (!store.Blobs.Has(blob))
        {
            return null;
        }

        using var archive = LayerDecompressor.Open(store.Blobs.OpenRead(blob.Digest));
        var buffer = new byte[ChunkBytes];
        var length = 0L;
        int read;
        while ((read = archive.Read(buffer)) > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            length += read;
        }

        return length;
    }

    /// <summary>Steps and layers side by side, where there are as many of the one as of the other.</summary>
    private static List<HistoryStep> History(ImageConfig config, int layers)
    {
        var entries = (config.History ?? []).OfType<HistoryEntry>().ToList();
        var fits = entries.Count(entry => !entry.EmptyLayer) == layers;
        var number = 0;
        return [.. entries.Select(entry => new HistoryStep(entry, fits && !entry.EmptyLayer ? number++ : null))];
    }

    private async Task<T> HoldingAsync<T>(Func<T> work, CancellationToken cancellationToken)
    {
        try
        {
            using var held = await store.HoldAsync(cancellationToken).ConfigureAwait(false);
            return await Task.Run(work, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (IoFailure.Is(e))
        {
            throw IoFailure.Translate(e, store.Root);
        }
        catch (FilesystemException e)
        {
            throw new LoamException(ErrorCodes.LayerInvalid, e.Message, e);
        }
    }
}
