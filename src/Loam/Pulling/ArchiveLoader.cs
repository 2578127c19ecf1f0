using Loam.Archives;
using Loam.Pulling;
using Loam.Store;

namespace Loam;

/// <summary>
/// Brings images from archives into a store, and makes their disks. All of an archive is checked, and every disk built,
/// before anything of it becomes visible.
/// </summary>
public sealed class ArchiveLoader(ImageStore store)
{
    /// <summary>Loads every image of an archive.</summary>
    /// <param name="source">The archive; read once.</param>
    /// <param name="options">How.</param>
    /// <param name="progress">Told how far it has come; layers of all images are numbered through.</param>
    /// <param name="cancellationToken">Ends it; the store stays as it was, but for what was published already.</param>
    /// <exception cref="LoamException">The archive is damaged, hostile, incomplete or of no known kind; or a disk cannot be made.</exception>
    public async Task<IReadOnlyList<LoadedImage>> LoadAsync(
        ArchiveSource source, LoadOptions options, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        using var held = await store.HoldAsync(cancellationToken).ConfigureAwait(false);
        store.Staging.Sweep(keepPartialBlobs: true);
        using var staging = await ArchiveStaging.CreateAsync(store, cancellationToken).ConfigureAwait(false);
        var files = await source.ReadAsync(staging, options.Limits, progress, cancellationToken).ConfigureAwait(false);
        var images = await Task.Run(() => ArchiveImages.Read(files, options.Platforms, cancellationToken), cancellationToken).ConfigureAwait(false);
        if (options.Name is { } name)
        {
            var first = images[0].Names[0];
            images = [.. images.Select(image => image.Names[0] == first ? image.WithName(name) : image)];
        }

        if (options.Disk is null)
        {
            await Task.Run(() => CheckLayers(images, cancellationToken), cancellationToken).ConfigureAwait(false);
            return await PublishAsync(staging, images, null, cancellationToken).ConfigureAwait(false);
        }

        using var disks = new DiskSet(store, options.Disk);
        await disks.BuildAsync(images, progress, cancellationToken).ConfigureAwait(false);
        return await PublishAsync(staging, images, disks, cancellationToken).ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<LoadedImage>> PublishAsync(
        ArchiveStaging staging, IReadOnlyList<ArchiveImage> images, DiskSet? disks, CancellationToken cancellationToken)
    {
        var before = store.Names.Read();
        var loaded = new List<LoadedImage>();
        foreach (var image in images)
        {
            var anyBlob = await staging.PublishAsync(image.Blobs, cancellationToken).ConfigureAwait(false);
            var disk = disks?.Publish(image);
            var names = new List<NamedImage>();
            foreach (var name in image.Names)
            {
                var named = NamedImage.Of(name, image.Image.Descriptor, image.Image.IndexDigest, disk?.Path);
                await store.SetNameAsync(named, cancellationToken).ConfigureAwait(false);
                names.Add(named);
            }

            loaded.Add(new LoadedImage(
                [.. names.Select(store.ToRecord).OfType<ImageRecord>()],
                image.Image.Manifest.Layers.Count,
                image.Image.IndexDigest,
                disk?.Record,
                UpToDate: !anyBlob && disk?.IsNew != true && names.All(before.Contains)));
        }

        return loaded;
    }

    /// <summary>Where no disk is built, nothing else looks at the layers' content.</summary>
    private static void CheckLayers(IReadOnlyList<ArchiveImage> images, CancellationToken cancellationToken)
    {
        foreach (var layer in images.SelectMany(image => image.Layers.Zip(image.Blobs)).DistinctBy(layer => (layer.First.Blob.Digest, layer.First.DiffId)))
        {
            var found = layer.First.Blob.Digest == layer.First.DiffId
                ? layer.First.DiffId
                : LayerContent.DigestOf(layer.Second.OpenRead, layer.First.DiffId, cancellationToken);
            if (found != layer.First.DiffId)
            {
                throw new LoamException(ErrorCodes.DiffIdMismatch, $"layer {layer.First.Blob.Digest} has content with digest {found}; the configuration says {layer.First.DiffId}");
            }
        }
    }
}
