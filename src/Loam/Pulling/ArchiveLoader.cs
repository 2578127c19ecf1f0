using Loam.Archives;
using Loam.Progress;
using Loam.Pulling;
using Loam.Store;

namespace Loam;

/// <summary>
/// Loads images from archives into a store, and makes their disks. All of an archive is checked, and every disk built,
/// before anything of it becomes visible.
/// </summary>
/// <example>
/// <code>
/// var loader = new ArchiveLoader(ImageStore.Open());
/// foreach (var image in await loader.LoadAsync(ArchiveSource.FromPath("app.tar")))
/// {
///     Console.WriteLine(image.Names[0].ImageRef);
/// }
/// </code>
/// </example>
public class ArchiveLoader
{
    private readonly ImageStore _store;

    /// <summary>Loads into a store.</summary>
    /// <param name="store">The store.</param>
    /// <exception cref="ArgumentNullException"><paramref name="store"/> is null.</exception>
    public ArchiveLoader(ImageStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        _store = store;
    }

    /// <summary>For tests that derive from this class.</summary>
    protected ArchiveLoader() => _store = null!;

    /// <summary>Loads every image of an archive.</summary>
    /// <param name="source">The archive; read once.</param>
    /// <param name="options">How; null for the defaults: this host's platform of each image, with its disk.</param>
    /// <param name="progress">Receives progress reports; the layers of all images are numbered consecutively. Null for none.</param>
    /// <param name="cancellationToken">Cancels the call; images that were already published are kept in the store.</param>
    /// <returns>The images, in the archive's order.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="source"/> is null.</exception>
    /// <exception cref="LoamException">The archive is damaged, hostile, incomplete or of no known kind; or a disk cannot be made.</exception>
    public virtual Task<IReadOnlyList<LoadedImage>> LoadAsync(
        ArchiveSource source, LoadOptions? options = null, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        return _store.RunAsync("load", source.Name, progress, (store, work) =>
            new ArchiveLoader(store).LoadOnceAsync(source, options ?? new LoadOptions(), work, cancellationToken));
    }

    private async Task<IReadOnlyList<LoadedImage>> LoadOnceAsync(
        ArchiveSource source, LoadOptions options, OperationProgress? progress, CancellationToken cancellationToken)
    {
        using var held = await _store.HoldAsync(cancellationToken).ConfigureAwait(false);
        _store.Staging.Sweep(keepPartialBlobs: true);
        using var staging = await ArchiveStaging.CreateAsync(_store, cancellationToken).ConfigureAwait(false);
        var files = await source.ReadAsync(staging, options.Limits, progress, cancellationToken).ConfigureAwait(false);
        var images = await Task.Run(() => ArchiveImages.Read(files, options.Platforms, cancellationToken), cancellationToken).ConfigureAwait(false);
        if (options.Name is { } name)
        {
            var first = images[0].Names[0];
            images = [.. images.Select(image => image.Names[0] == first ? image.WithName(name) : image)];
        }

        var layers = images.SelectMany(image => image.Layers).ToList();
        var bytes = layers.Sum(layer => layer.Blob.Size);
        progress?.Report(new WorkProgress(WorkPhase.Plan, null, null, bytes, bytes) { Layers = layers.Count });
        if (options.Disk is null)
        {
            await LayerCheck.RunAsync(layers, progress, cancellationToken).ConfigureAwait(false);
            return await PublishAsync(staging, images, null, cancellationToken).ConfigureAwait(false);
        }

        using var disks = new DiskSet(_store, options.Disk);
        await disks.BuildAsync(images, progress, cancellationToken).ConfigureAwait(false);
        return await PublishAsync(staging, images, disks, cancellationToken).ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<LoadedImage>> PublishAsync(
        ArchiveStaging staging, IReadOnlyList<ArchiveImage> images, DiskSet? disks, CancellationToken cancellationToken)
    {
        var before = _store.Names.Read();
        var loaded = new List<LoadedImage>();
        foreach (var image in images)
        {
            var anyBlob = await staging.PublishAsync(image.Blobs, cancellationToken).ConfigureAwait(false);
            var disk = disks?.Publish(image);
            var names = new List<NamedImage>();
            foreach (var name in image.Names)
            {
                var named = NamedImage.Of(name, image.Image.Descriptor, image.Image.IndexDigest, disk?.Path);
                await _store.SetNameAsync(named, cancellationToken).ConfigureAwait(false);
                names.Add(named);
            }

            loaded.Add(new LoadedImage(
                [.. names.Select(_store.ToRecord).OfType<ImageRecord>()],
                image.Image.Manifest.Layers.Count,
                image.Image.IndexDigest,
                disk?.Record,
                UpToDate: !anyBlob && disk?.IsNew != true && names.All(before.Contains)));
        }

        return loaded;
    }
}
