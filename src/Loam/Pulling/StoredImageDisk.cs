using Loam.Disks;
using Loam.Store;

namespace Loam;

/// <summary>Makes the disks of images that are in the store without one: committed, or pulled or loaded without disks.</summary>
public class StoredImageDisk
{
    private readonly ImageStore _store;

    /// <summary>Makes disks in a store.</summary>
    /// <param name="store">The store.</param>
    /// <exception cref="ArgumentNullException"><paramref name="store"/> is null.</exception>
    public StoredImageDisk(ImageStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        _store = store;
    }

    /// <summary>For tests that derive from this class.</summary>
    protected StoredImageDisk() => _store = null!;

    /// <summary>Builds an image's disk from the store's layers, if the store does not have it.</summary>
    /// <param name="image">The image, as <see cref="ImageStore.Get"/> takes it.</param>
    /// <param name="progress">Receives progress reports; null for none.</param>
    /// <param name="cancellationToken">Cancels the call; nothing new is left behind.</param>
    /// <returns>The image's record, with its disk.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="image"/> is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.ImageNotFound"/>, <see cref="ErrorCodes.BlobMissing"/>; a layer is
    /// damaged or hostile.</exception>
    public virtual Task<ImageRecord> MakeAsync(string image, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        return _store.RunAsync("make disk", image, progress, (store, work) => new StoredImageDisk(store).MakeOnceAsync(image, work, cancellationToken));
    }

    private async Task<ImageRecord> MakeOnceAsync(string image, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        using var held = await _store.HoldAsync(cancellationToken).ConfigureAwait(false);
        var named = _store.GetName(image, platform: null);
        var (_, manifest, config, _, _) = ImageDocuments.Read(_store.Blobs, named.Manifest);
        var platform = named.Platform ?? config.Platform.Normalize();
        var resolved = new ResolvedImage(
            ImageReference.Parse(named.Name!), named.Manifest with { Platform = platform }, named.Index, manifest, config);
        var key = DiskKey.Of(named.Digest, new DiskOptions());
        var layers = manifest.Layers.Select((blob, number) => new StoredLayer(_store.Blobs, blob, config.RootFs.DiffIds[number]));
        await _store.Disks.MakeAsync(
            key,
            again: false,
            path => ImageDisk.BuildAsync(resolved, [.. layers], path, new DiskOptions(), stagePath: null, _store.Storage, progress, cancellationToken),
            cancellationToken).ConfigureAwait(false);
        var withDisk = NamedImage.Of(resolved.Reference, resolved.Descriptor, named.Index, DiskStore.InsideOf(key));
        await _store.SetNameAsync(withDisk, cancellationToken).ConfigureAwait(false);
        return _store.ToRecord(withDisk)!;
    }
}
