using Loam.Disks;
using Loam.Layers;
using Loam.Store;

namespace Loam;

/// <summary>Makes the disks of images that are here without one: committed, or loaded without disks.</summary>
public sealed class StoredImageDisk(ImageStore store)
{
    /// <summary>The image's disk, built from the store's own layers if it is not here.</summary>
    /// <param name="image">The image, as <see cref="ImageStore.Find"/> takes it.</param>
    /// <param name="progress">Told how far it has come.</param>
    /// <param name="cancellationToken">Ends it; nothing new is left.</param>
    /// <returns>The image's record, with its disk.</returns>
    /// <exception cref="LoamException"><see cref="ErrorCodes.BlobMissing"/>; a layer is damaged or hostile.</exception>
    public async Task<ImageRecord> MakeAsync(string image, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        using var held = await store.HoldAsync(cancellationToken).ConfigureAwait(false);
        var named = store.FindName(image, platform: null);
        var (_, manifest, config, _, _) = ImageDocuments.Read(store.Blobs, named.Manifest);
        var platform = named.Platform ?? config.Platform.Normalize();
        var resolved = new ResolvedImage(
            ImageReference.Parse(named.Name!), named.Manifest with { Platform = platform }, named.Index, manifest, config);
        var key = DiskKey.Of(named.Digest, new DiskOptions());
        var layers = manifest.Layers.Select((blob, number) => new LayerSource(
            blob, config.RootFs.DiffIds[number], _ => Task.FromResult<Stream>(store.Blobs.OpenRead(blob.Digest)), Task.CompletedTask));
        await store.Disks.MakeAsync(
            key,
            again: false,
            path => ImageDisk.BuildAsync(resolved, [.. layers], path, new DiskOptions(), stagePath: null, store.Storage, progress, cancellationToken),
            cancellationToken).ConfigureAwait(false);
        var withDisk = NamedImage.Of(resolved.Reference, resolved.Descriptor, named.Index, DiskStore.InsideOf(key));
        await store.SetNameAsync(withDisk, cancellationToken).ConfigureAwait(false);
        return store.ToRecord(withDisk)!;
    }
}
