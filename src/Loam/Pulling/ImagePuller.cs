using Loam.DiskTransfer;
using Loam.Disks;
using Loam.Files;
using Loam.Images;
using Loam.Pulling;
using Loam.Store;

namespace Loam;

/// <summary>Pulls images from a registry into a store, and makes their disks.</summary>
/// <example>
/// <code>
/// var store = ImageStore.Open();
/// using var registry = new RegistryClient(new RegistryOptions());
/// var pulled = await new ImagePuller(store, registry).PullAsync("alpine:3.20");
/// Console.WriteLine(pulled.Image.OutputPath);
/// </code>
/// </example>
public class ImagePuller
{
    private readonly ImageStore _store;
    private readonly RegistryClient _registry;
    private readonly ImageResolver _resolver;

    /// <summary>Pulls from registries into a store.</summary>
    /// <param name="store">The store.</param>
    /// <param name="registry">The client of the registries; the caller disposes it.</param>
    /// <exception cref="ArgumentNullException">One of them is null.</exception>
    public ImagePuller(ImageStore store, RegistryClient registry)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(registry);
        _store = store;
        _registry = registry;
        _resolver = new ImageResolver(store, registry);
    }

    /// <summary>For tests that derive from this class.</summary>
    protected ImagePuller() => (_store, _registry, _resolver) = (null!, null!, null!);

    /// <summary>Pulls an image and makes its disk in the store. What is in the store is neither fetched nor written again.</summary>
    /// <param name="reference">The image.</param>
    /// <param name="options">How; null for the defaults: this host's platform, the disk built from the layers.</param>
    /// <param name="progress">Receives progress reports, also of waits for other processes; null for none.</param>
    /// <param name="cancellationToken">Cancels the pull; the bytes that arrived are kept for the next one.</param>
    /// <returns>The image's record, and its disk's.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="reference"/> is null.</exception>
    /// <exception cref="LoamException">The registry does not have the image or cannot be reached; the image is damaged or
    /// hostile; there is no space.</exception>
    public virtual Task<PulledImage> PullAsync(
        ImageReference reference, PullOptions? options = null, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reference);
        return _store.RunAsync("pull", reference.ToString(), progress, (store, work) => GuardAsync(
            () => new ImagePuller(store, _registry).PullOnceAsync(reference, options ?? new PullOptions(), work, cancellationToken), store.Root));
    }

    /// <summary>Pulls an image and makes its disk in the store. What is in the store is neither fetched nor written again.</summary>
    /// <param name="reference">The image: <c>alpine</c>, <c>ghcr.io/team/app:1</c>, <c>app@sha256:…</c>. A name without a registry is
    /// <c>docker.io</c>'s; see <see cref="LoamClient"/> for the short names of <c>registries.conf</c>.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="progress">Receives progress reports, also of waits for other processes; null for none.</param>
    /// <param name="cancellationToken">Cancels the pull; the bytes that arrived are kept for the next one.</param>
    /// <returns>The image's record, and its disk's.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="reference"/> is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.InvalidReference"/>, and what a pull by an
    /// <see cref="ImageReference"/> throws.</exception>
    public Task<PulledImage> PullAsync(
        string reference, PullOptions? options = null, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default) =>
        PullAsync(ImageReference.Parse(reference), options, progress, cancellationToken);

    /// <summary>Makes an image's disk under a path of the caller's; its layers are kept in the store.</summary>
    /// <param name="reference">The image.</param>
    /// <param name="path">The disk to write; an existing one is replaced only by a finished disk.</param>
    /// <param name="options">How; null for the defaults. The disk is always built.</param>
    /// <param name="progress">Receives progress reports, also of waits for other processes; null for none.</param>
    /// <param name="cancellationToken">Cancels the call; nothing new is left under <paramref name="path"/>.</param>
    /// <returns>The image's record, whose disk is the one at <paramref name="path"/>, and the disk's.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="reference"/> or <paramref name="path"/> is null.</exception>
    /// <exception cref="LoamException">The registry does not have the image or cannot be reached; the image is damaged or
    /// hostile; the disk cannot be written.</exception>
    public virtual Task<PulledImage> BuildAsync(
        ImageReference reference,
        string path,
        PullOptions? options = null,
        IProgress<WorkProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reference);
        ArgumentException.ThrowIfNullOrEmpty(path);
        return _store.RunAsync("build", reference.ToString(), progress, (store, work) => GuardAsync(
            () => new ImagePuller(store, _registry).BuildOnceAsync(reference, path, options ?? new PullOptions(), work, cancellationToken), folder: null));
    }

    /// <summary>Makes an image's disk under a path of the caller's; its layers are kept in the store.</summary>
    /// <param name="reference">The image: <c>alpine</c>, <c>ghcr.io/team/app:1</c>, <c>app@sha256:…</c>.</param>
    /// <param name="path">The disk to write; an existing one is replaced only by a finished disk.</param>
    /// <param name="options">How; null for the defaults. The disk is always built.</param>
    /// <param name="progress">Receives progress reports, also of waits for other processes; null for none.</param>
    /// <param name="cancellationToken">Cancels the call; nothing new is left under <paramref name="path"/>.</param>
    /// <returns>The image's record, whose disk is the one at <paramref name="path"/>, and the disk's.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="reference"/> or <paramref name="path"/> is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.InvalidReference"/>, and what building by an
    /// <see cref="ImageReference"/> throws.</exception>
    public Task<PulledImage> BuildAsync(
        string reference, string path, PullOptions? options = null, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default) =>
        BuildAsync(ImageReference.Parse(reference), path, options, progress, cancellationToken);

    private static Task<PulledImage> GuardAsync(Func<Task<PulledImage>> work, string? folder) => FailureGuard.ForStore(folder).RunAsync(async () =>
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (LoamException e) when (e.AgainMayHelp)
        {
            // Bytes that an interrupted pull left may have been lost with the machine's power; they are gone now, and
            // so is a mirror that gave wrong ones.
            return await work().ConfigureAwait(false);
        }
    });

    private async Task<PulledImage> BuildOnceAsync(
        ImageReference reference, string path, PullOptions options, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        using var held = await _store.HoldAsync(cancellationToken).ConfigureAwait(false);
        _store.Staging.Sweep(keepPartialBlobs: true);
        var top = await _resolver.FindAsync(reference, cancellationToken).ConfigureAwait(false);
        var image = await _resolver.ResolveAsync(reference, top, options.Platform, cancellationToken).ConfigureAwait(false);
        var final = Path.GetFullPath(path);
        var fetch = FetchLayers(image, options, progress, cancellationToken);
        await using (fetch.ConfigureAwait(false))
        {
            var record = await AtomicFile.WriteAsync(
                final,
                _store.Storage,
                temporary => ImageDisk.BuildAsync(
                    image, fetch.Layers, temporary, options.DiskFor(image), options.StagePath, _store.Storage, progress, cancellationToken))
                        .ConfigureAwait(false);
            var named = await NameAsync(image, final, cancellationToken).ConfigureAwait(false);
            _store.Staging.Sweep(keepPartialBlobs: false);
            record = record with { Disk = record.Disk with { File = Path.GetFileName(final) } };
            return new PulledImage(_store.ToRecord(named)! with { OutputPath = final, SizeBytes = record.Disk.SizeBytes }, record, UpToDate: false)
            {
                StagePath = options.StagePath,
            };
        }
    }

    private async Task<PulledImage> PullOnceAsync(
        ImageReference reference, PullOptions options, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        using var held = await _store.HoldAsync(cancellationToken).ConfigureAwait(false);
        var top = options.Force
            ? await _registry.GetManifestAsync(reference, cancellationToken).ConfigureAwait(false)
            : await _resolver.FindAsync(reference, cancellationToken).ConfigureAwait(false);
        if (!options.Force && FindCurrent(reference, top.Digest, options) is { } current)
        {
            _store.Staging.Sweep(keepPartialBlobs: false);
            return current;
        }

        _store.Staging.Sweep(keepPartialBlobs: true);
        var image = await _resolver.ResolveAsync(reference, top, options.Platform, cancellationToken).ConfigureAwait(false);
        var disk = options.DiskFor(image);
        var key = DiskKey.Of(image.Descriptor.Digest, disk);
        if (options.DiskSource is DiskSource.Prefer or DiskSource.Require
            && await FetchDiskAsync(image, key, options, progress, cancellationToken).ConfigureAwait(false) is { } fetched)
        {
            return await FinishAsync(image, DiskStore.InsideOf(key), fetched, cancellationToken).ConfigureAwait(false);
        }

        LayerFetch? fetch = null;
        try
        {
            if (options.DiskSource == DiskSource.None)
            {
                await LayerCheck.RunAsync(Fetch().Layers, progress, cancellationToken).ConfigureAwait(false);
                return await FinishAsync(image, DiskOf(image), record: null, cancellationToken).ConfigureAwait(false);
            }

            // Whoever waits for another to build the disk need not fetch its layers meanwhile.
            var record = await _store.Disks.MakeAsync(
                key,
                options.Force,
                path => ImageDisk.BuildAsync(image, Fetch().Layers, path, disk, stagePath: null, _store.Storage, progress, cancellationToken),
                cancellationToken).ConfigureAwait(false);
            await Task.WhenAll((fetch ?? Fetch()).Layers.Select(layer => layer.Verified)).ConfigureAwait(false);
            return await FinishAsync(image, DiskStore.InsideOf(key), record, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (fetch is not null)
            {
                await fetch.DisposeAsync().ConfigureAwait(false);
            }
        }

        LayerFetch Fetch() => fetch = FetchLayers(image, options, progress, cancellationToken);
    }

    /// <summary>Tells what there is to fetch, and starts.</summary>
    private LayerFetch FetchLayers(ResolvedImage image, PullOptions options, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        var layers = image.Manifest.Layers;
        var present = layers.Select(layer => !options.Force && progress is not null && _store.Blobs.Has(layer)).ToList();
        progress?.Report(new WorkProgress(
            WorkPhase.Plan,
            null,
            image.Descriptor.Digest,
            layers.Where((_, number) => present[number]).Sum(layer => layer.Size),
            layers.Sum(layer => layer.Size))
        {
            Layers = layers.Count,
        });
        foreach (var (number, layer) in layers.Index().Where(layer => present[layer.Index]))
        {
            progress?.Report(new WorkProgress(WorkPhase.Present, number, layer.Digest, layer.Size, layer.Size));
        }

        return new LayerFetch(_store, _registry, image, options, progress, cancellationToken);
    }

    /// <summary>Gives the image its name.</summary>
    private async Task<PulledImage> FinishAsync(ResolvedImage image, string? disk, DiskRecord? record, CancellationToken cancellationToken)
    {
        var named = await NameAsync(image, disk, cancellationToken).ConfigureAwait(false);
        _store.Staging.Sweep(keepPartialBlobs: false);
        return new PulledImage(_store.ToRecord(named)!, record, UpToDate: false);
    }

    /// <summary>The image's disk, from the store or from the registry; its layers are not needed then. Null where it is to
    /// be built.</summary>
    private async Task<DiskRecord?> FetchDiskAsync(
        ResolvedImage image, DiskKey key, PullOptions options, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        using var staged = await _store.Disks.StageAsync(
            key,
            options.Force,
            path => new DiskFetch(_store, _registry).FetchAsync(image, key, path, options.Jobs, progress, cancellationToken),
            cancellationToken).ConfigureAwait(false);
        if (staged is null && options.DiskSource == DiskSource.Require)
        {
            throw new LoamException(
                ErrorCodes.DiskNotOffered, $"{image.Reference}: the registry has no disk of {image.Descriptor.Digest} that was built with these options");
        }

        staged?.Publish();
        return staged?.Record;
    }

    /// <summary>What the store has under a name, if it is what the registry has and whole.</summary>
    private PulledImage? FindCurrent(ImageReference reference, Digest top, PullOptions options)
    {
        var name = reference.ToString();
        foreach (var named in _store.Names.Read())
        {
            if (named.Name != name || !named.LeadsTo(top) || !PlatformChoice.Fits(named.Platform, options.Platform)
                || _store.ReadManifest(named) is not { } manifest || !_store.Blobs.Has(manifest.Config) || _store.ToRecord(named) is not { } record)
            {
                continue;
            }

            var hasLayers = options.DiskSource is DiskSource.Prefer or DiskSource.Require || manifest.Layers.All(_store.Blobs.Has);
            if (options.DiskSource == DiskSource.None && hasLayers)
            {
                return new PulledImage(record, Disk: null, UpToDate: true);
            }

            var key = DiskKey.Of(named.Digest, options.Disk);
            if (hasLayers && _store.Disks.Find(key) is { } disk && record.OutputPath == _store.Disks.PathOf(key))
            {
                _store.Disks.Touch(key);
                return new PulledImage(record, disk, UpToDate: true);
            }
        }

        return null;
    }

    /// <summary>The disk that the image's name has already; null where it has none, or leads to another image.</summary>
    private string? DiskOf(ResolvedImage image) => _store.Names.Read()
        .FirstOrDefault(named => named.Name == image.Reference.ToString() && named.Digest == image.Descriptor.Digest)?.Disk;

    private async Task<NamedImage> NameAsync(ResolvedImage image, string? disk, CancellationToken cancellationToken)
    {
        var named = NamedImage.Of(image.Reference, image.Descriptor, image.IndexDigest, disk);
        await _store.SetNameAsync(named, cancellationToken).ConfigureAwait(false);
        return named;
    }
}
