using Loam.DiskTransfer;
using Loam.Disks;
using Loam.Files;
using Loam.Images;
using Loam.Pulling;
using Loam.Registry;
using Loam.Store;

namespace Loam;

/// <summary>An image that is here now.</summary>
/// <param name="Image">Its record.</param>
/// <param name="Disk">Its disk.</param>
/// <param name="UpToDate">Whether everything was here before.</param>
public sealed record PulledImage(ImageRecord Image, DiskRecord Disk, bool UpToDate)
{
    /// <summary>Where the merged tree stands as files, if that was asked for.</summary>
    public string? StagePath { get; init; }
}

/// <summary>Brings images from a registry into a store, and makes their disks.</summary>
public sealed class ImagePuller(ImageStore store, RegistryClient registry)
{
    private readonly ImageResolver _resolver = new(store, registry);

    /// <summary>Pulls an image and makes its disk in the store. What is here already is neither fetched nor written.</summary>
    /// <exception cref="LoamException">Whatever a registry, a network, an image or a disk can do wrong.</exception>
    public Task<PulledImage> PullAsync(
        ImageReference reference, PullOptions options, IProgress<WorkProgress>? progress, CancellationToken cancellationToken) =>
        GuardAsync(() => PullOnceAsync(reference, options, progress, cancellationToken), store.Root);

    /// <summary>Makes an image's disk under a path of the caller's; its layers stay in the store.</summary>
    /// <param name="reference">The image.</param>
    /// <param name="path">The disk to write; what stands there is replaced only by a finished disk.</param>
    /// <param name="options">How.</param>
    /// <param name="progress">Told how far it has come.</param>
    /// <param name="cancellationToken">Ends it; nothing new is left under <paramref name="path"/>.</param>
    /// <exception cref="LoamException">Whatever a registry, a network, an image or a disk can do wrong.</exception>
    public Task<PulledImage> BuildAsync(
        ImageReference reference, string path, PullOptions options, IProgress<WorkProgress>? progress, CancellationToken cancellationToken) =>
        GuardAsync(() => BuildOnceAsync(reference, path, options, progress, cancellationToken), folder: null);

    private static async Task<PulledImage> GuardAsync(Func<Task<PulledImage>> work, string? folder)
    {
        try
        {
            try
            {
                return await work().ConfigureAwait(false);
            }
            catch (LoamException e) when (e.Details.GetValueOrDefault(BlobDownload.AgainDetail) == "true")
            {
                // Bytes that an interrupted pull left may have been lost with the machine's power; they are gone now, and
                // so is a mirror that gave wrong ones.
                return await work().ConfigureAwait(false);
            }
        }
        catch (Exception e) when (IoFailure.Is(e))
        {
            throw IoFailure.Translate(e, folder);
        }
    }

    private async Task<PulledImage> BuildOnceAsync(
        ImageReference reference, string path, PullOptions options, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        using var held = await store.HoldAsync(cancellationToken).ConfigureAwait(false);
        store.Staging.Sweep(keepPartialBlobs: true);
        var top = await _resolver.FindAsync(reference, cancellationToken).ConfigureAwait(false);
        var image = await _resolver.ResolveAsync(reference, top, options.Platform, cancellationToken).ConfigureAwait(false);
        var final = Path.GetFullPath(path);
        var fetch = new LayerFetch(store, registry, image, options, progress, cancellationToken);
        await using (fetch.ConfigureAwait(false))
        {
            var record = await AtomicFile.WriteAsync(
                final,
                store.Storage,
                path => ImageDisk.BuildAsync(
                    image, fetch.Layers, path, options.DiskFor(image), options.StagePath, store.Storage, progress, cancellationToken)).ConfigureAwait(false);
            var named = await NameAsync(image, final, cancellationToken).ConfigureAwait(false);
            store.Staging.Sweep(keepPartialBlobs: false);
            record = record with { Disk = record.Disk with { File = Path.GetFileName(final) } };
            return new PulledImage(store.ToRecord(named)! with { OutputPath = final, SizeBytes = record.Disk.SizeBytes }, record, UpToDate: false)
            {
                StagePath = options.StagePath,
            };
        }
    }

    private async Task<PulledImage> PullOnceAsync(
        ImageReference reference, PullOptions options, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        using var held = await store.HoldAsync(cancellationToken).ConfigureAwait(false);
        var top = options.Force
            ? await registry.GetManifestAsync(reference, cancellationToken).ConfigureAwait(false)
            : await _resolver.FindAsync(reference, cancellationToken).ConfigureAwait(false);
        if (!options.Force && FindCurrent(reference, top.Digest, options) is { } current)
        {
            store.Staging.Sweep(keepPartialBlobs: false);
            return current;
        }

        store.Staging.Sweep(keepPartialBlobs: true);
        var image = await _resolver.ResolveAsync(reference, top, options.Platform, cancellationToken).ConfigureAwait(false);
        var disk = options.DiskFor(image);
        var key = DiskKey.Of(image.Descriptor.Digest, disk);
        if (options.DiskSource != DiskSource.Build && await FetchDiskAsync(image, key, options, progress, cancellationToken).ConfigureAwait(false) is { } fetched)
        {
            return await FinishAsync(image, key, fetched, cancellationToken).ConfigureAwait(false);
        }

        LayerFetch? fetch = null;
        try
        {
            // Whoever waits for another to build the disk need not fetch its layers meanwhile.
            var record = await store.Disks.MakeAsync(
                key,
                options.Force,
                path => ImageDisk.BuildAsync(image, Fetch().Layers, path, disk, stagePath: null, store.Storage, progress, cancellationToken),
                cancellationToken).ConfigureAwait(false);
            await Task.WhenAll((fetch ?? Fetch()).Layers.Select(layer => layer.Verified)).ConfigureAwait(false);
            return await FinishAsync(image, key, record, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (fetch is not null)
            {
                await fetch.DisposeAsync().ConfigureAwait(false);
            }
        }

        LayerFetch Fetch() => fetch = new LayerFetch(store, registry, image, options, progress, cancellationToken);
    }

    /// <summary>Gives the image its name.</summary>
    private async Task<PulledImage> FinishAsync(ResolvedImage image, DiskKey key, DiskRecord record, CancellationToken cancellationToken)
    {
        var named = await NameAsync(image, DiskStore.InsideOf(key), cancellationToken).ConfigureAwait(false);
        store.Staging.Sweep(keepPartialBlobs: false);
        return new PulledImage(store.ToRecord(named)!, record, UpToDate: false);
    }

    /// <summary>The image's disk, from the store or from the registry; its layers are not needed then. Null where it is to
    /// be built.</summary>
    private async Task<DiskRecord?> FetchDiskAsync(
        ResolvedImage image, DiskKey key, PullOptions options, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        using var staged = await store.Disks.StageAsync(
            key,
            options.Force,
            path => new DiskFetch(store, registry).FetchAsync(image, key, path, options.Jobs, progress, cancellationToken),
            cancellationToken).ConfigureAwait(false);
        if (staged is null && options.DiskSource == DiskSource.Require)
        {
            throw new LoamException(ErrorCodes.DiskNotOffered, $"{image.Reference}: the registry has no disk of {image.Descriptor.Digest} that was built with these options");
        }

        staged?.Publish();
        return staged?.Record;
    }

    /// <summary>What is here under a name, if it is what the registry has and whole.</summary>
    private PulledImage? FindCurrent(ImageReference reference, Digest top, PullOptions options)
    {
        var name = reference.ToString();
        foreach (var named in store.Names.Read())
        {
            if (named.Name != name || !named.LeadsTo(top) || !PlatformChoice.Fits(named.Platform, options.Platform) || store.ReadManifest(named) is not { } manifest)
            {
                continue;
            }

            var key = DiskKey.Of(named.Digest, options.Disk);
            if (store.Disks.Find(key) is { } disk && store.Blobs.Has(manifest.Config) && (options.DiskSource != DiskSource.Build || manifest.Layers.All(store.Blobs.Has))
                && store.ToRecord(named) is { } record && record.OutputPath == store.Disks.PathOf(key))
            {
                store.Disks.Touch(key);
                return new PulledImage(record, disk, UpToDate: true);
            }
        }

        return null;
    }

    private async Task<NamedImage> NameAsync(ResolvedImage image, string disk, CancellationToken cancellationToken)
    {
        var named = NamedImage.Of(image.Reference, image.Descriptor, image.IndexDigest, disk);
        await store.SetNameAsync(named, cancellationToken).ConfigureAwait(false);
        return named;
    }
}
