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
        var manifest = ImageManifest.Parse(store.Blobs.ReadVerified(named.Manifest, ImageManifest.MaximumBytes));
        var config = ImageConfig.Parse(store.Blobs.ReadVerified(manifest.Config, ImageConfig.MaximumBytes), manifest);
        var platform = named.Platform ?? new Platform { Os = config.Os, Architecture = config.Architecture, Variant = config.Variant }.Normalize();
        var resolved = new ResolvedImage(
            ImageReference.Parse(named.Name!), named.Manifest with { Platform = platform }, named.Index, manifest, config);
        var key = DiskKey.Of(named.Digest, new DiskOptions());
        using var slot = await store.Disks.ReserveAsync(key, cancellationToken).ConfigureAwait(false);
        if (store.Disks.Find(key) is null)
        {
            Directory.CreateDirectory(slot.Folder);
            var layers = manifest.Layers.Select((blob, number) => new LayerSource(
                blob, config.RootFs.DiffIds[number], _ => Task.FromResult<Stream>(store.Blobs.OpenRead(blob.Digest)), Task.CompletedTask));
            var record = await ImageDisk.BuildAsync(
                resolved, [.. layers], Path.Combine(slot.Folder, DiskStore.DiskName), new DiskOptions(), stagePath: null, progress, cancellationToken).ConfigureAwait(false);
            DiskStore.WriteRecord(Path.Combine(slot.Folder, DiskStore.RecordName), record);
            store.Disks.Publish(slot, key);
        }

        var withDisk = NamedImage.Of(resolved.Reference, resolved.Descriptor, named.Index, Path.Combine(key.FolderName, DiskStore.DiskName));
        await store.SetNameAsync(withDisk, cancellationToken).ConfigureAwait(false);
        return store.ToRecord(withDisk)!;
    }
}
