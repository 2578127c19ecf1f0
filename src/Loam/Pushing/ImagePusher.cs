using Loam.Images;
using Loam.Progress;
using Loam.Pushing;
using Loam.Store;

namespace Loam;

/// <summary>Pushes images of a store to a registry, byte for byte as they are.</summary>
/// <example>
/// <code>
/// var store = ImageStore.Open();
/// using var registry = new RegistryClient(new RegistryOptions());
/// var pushed = await new ImagePusher(store, registry).PushAsync("app:1", "registry.example/team/app:1");
/// Console.WriteLine(pushed.Digest);
/// </code>
/// </example>
public class ImagePusher
{
    private readonly ImageStore _store;
    private readonly RegistryClient _registry;

    /// <summary>Pushes from a store to registries.</summary>
    /// <param name="store">The store.</param>
    /// <param name="registry">The client of the registries; the caller disposes it.</param>
    /// <exception cref="ArgumentNullException">One of them is null.</exception>
    public ImagePusher(ImageStore store, RegistryClient registry)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(registry);
        (_store, _registry) = (store, registry);
    }

    /// <summary>For tests that derive from this class.</summary>
    protected ImagePusher() => (_store, _registry) = (null!, null!);

    /// <summary>Pushes an image. The reference names it only when everything it needs is in the registry.</summary>
    /// <param name="image">An image of the store, as <see cref="ImageStore.Get"/> takes it.</param>
    /// <param name="destination">Where to; null for the image's own name.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="progress">Receives the number of bytes of each blob sent so far; null for none.</param>
    /// <param name="cancellationToken">Cancels the push; the reference is then unchanged in the registry.</param>
    /// <returns>Where the image is now, and what was sent.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="image"/> is null.</exception>
    /// <exception cref="LoamException">The image is not whole, or the registry refuses it.</exception>
    public virtual Task<PushedImage> PushAsync(
        string image,
        ImageReference? destination = null,
        PushOptions? options = null,
        IProgress<WorkProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        return _store.RunAsync("push", destination?.ToString() ?? image, progress, (store, work) =>
            new ImagePusher(store, _registry).PushOnceAsync(image, destination, options ?? new PushOptions(), work, cancellationToken));
    }

    /// <summary>Pushes an image under another name. The reference names it only when everything it needs is in the registry.</summary>
    /// <param name="image">An image of the store, as <see cref="ImageStore.Get"/> takes it.</param>
    /// <param name="to">Where to: <c>registry.example/team/app:1</c>.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="progress">Receives the number of bytes of each blob sent so far; null for none.</param>
    /// <param name="cancellationToken">Cancels the push; the reference is then unchanged in the registry.</param>
    /// <returns>Where the image is now, and what was sent.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="image"/> or <paramref name="to"/> is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.InvalidReference"/>; the image is not whole, or the registry does
    /// not take it.</exception>
    public Task<PushedImage> PushAsync(
        string image, string to, PushOptions? options = null, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default) =>
        PushAsync(image, ImageReference.Parse(to), options, progress, cancellationToken);

    private async Task<PushedImage> PushOnceAsync(
        string image, ImageReference? destination, PushOptions options, OperationProgress? progress, CancellationToken cancellationToken)
    {
        using var held = await _store.HoldAsync(cancellationToken).ConfigureAwait(false);
        var (name, top) = Choose(image, options);
        destination ??= name;
        var stored = PushSet.Read(_store.Blobs, top);
        if (destination.Digest is { } wanted && wanted != top.Digest)
        {
            throw new LoamException(ErrorCodes.InvalidReference, $"{destination} has a digest, and the digest of {name} is {top.Digest}")
            {
                Hint = "Leave the digest out.",
            };
        }

        progress?.Report(new WorkProgress(WorkPhase.Plan, null, top.Digest, 0, stored.Blobs.Sum(blob => blob.Size)) { Layers = stored.Blobs.Count });
        var siblings = Siblings(destination);
        var (uploaded, bytes, mounted, present) = (0, 0L, 0, 0);
        await Parallel.ForEachAsync(
            stored.Blobs.Select((blob, number) => (blob, number)),
            new ParallelOptions { MaxDegreeOfParallelism = options.Jobs, CancellationToken = cancellationToken },
            async (item, token) =>
            {
                var (blob, number) = item;
                switch (await UploadAsync(destination, blob, number, siblings.GetValueOrDefault(blob.Digest), progress, token).ConfigureAwait(false))
                {
                    case UploadOutcome.Uploaded:
                        Interlocked.Increment(ref uploaded);
                        Interlocked.Add(ref bytes, blob.Size);
                        break;
                    case UploadOutcome.Mounted:
                        Interlocked.Increment(ref mounted);
                        break;
                    default:
                        Interlocked.Increment(ref present);
                        break;
                }
            }).ConfigureAwait(false);
        foreach (var manifest in stored.Manifests)
        {
            // Children go by digest; only the last takes the name.
            var under = ReferenceEquals(manifest, stored.Manifests[^1]) ? destination : destination.WithDigest(manifest.Digest);
            if (!await _registry.HasManifestAsync(under, manifest, cancellationToken).ConfigureAwait(false))
            {
                await _registry.PutManifestAsync(under, manifest, cancellationToken).ConfigureAwait(false);
            }
        }

        return new PushedImage(name, destination, top.Digest, uploaded, bytes, mounted, present);
    }

    private async Task<UploadOutcome> UploadAsync(
        ImageReference destination, Descriptor blob, int number, string? mountFrom, OperationProgress? progress, CancellationToken cancellationToken)
    {
        var verified = false;
        var outcome = await _registry.PushBlobAsync(destination, blob, Open, mountFrom, new DirectProgress<long>(Report), cancellationToken)
            .ConfigureAwait(false);
        var phase = outcome == UploadOutcome.Uploaded ? WorkPhase.Upload : WorkPhase.Present;
        progress?.Report(new WorkProgress(phase, number, blob.Digest, blob.Size, blob.Size));
        return outcome;

        void Report(long done) => progress?.Report(new WorkProgress(WorkPhase.Upload, number, blob.Digest, done, blob.Size));

        // What was damaged on this machine must not travel; a registry that does not check would spread it.
        Stream Open()
        {
            if (!verified)
            {
                _store.Blobs.Verify(blob);
                verified = true;
            }

            return _store.Blobs.OpenRead(blob.Digest);
        }
    }

    private (ImageReference Name, Descriptor Top) Choose(string image, PushOptions options)
    {
        var named = _store.GetNames(image);
        var chosen = options.Platform is { } platform ? named.FirstOrDefault(name => PlatformChoice.Fits(name.Platform, platform)) : named[0];
        if (chosen is null)
        {
            throw new LoamException(ErrorCodes.ImageNotFound, $"{image} is in the store, but not for {options.Platform}");
        }

        var reference = ImageReference.Parse(chosen.Name!);
        return (reference, options.AllPlatforms ? IndexOf(chosen, reference) : chosen.Manifest);
    }

    private Descriptor IndexOf(NamedImage named, ImageReference reference)
    {
        if (named.Index is not { } digest || _store.Blobs.Length(digest) is not { } length)
        {
            throw new LoamException(ErrorCodes.IndexMissing, $"{reference} was not pulled from an index, or the index is not in the store");
        }

        var index = new Descriptor { MediaType = MediaTypes.OciIndex, Digest = digest, Size = length };
        return index with { MediaType = ManifestJson.MediaTypeOf(_store.Blobs.ReadVerified(index, ImageManifest.MaximumBytes)) ?? index.MediaType };
    }

    /// <summary>For each blob that an image of another repository of the same registry has: that repository.</summary>
    private Dictionary<Digest, string> Siblings(ImageReference destination)
    {
        var siblings = new Dictionary<Digest, string>();
        foreach (var named in _store.Names.Read())
        {
            if (named.Name is not { } name || !ImageReference.TryParse(name, out var reference)
                || reference.Registry != destination.Registry || reference.Repository == destination.Repository
                || MediaTypes.IsIndex(named.MediaType) || named.Manifest is var manifest && !_store.Blobs.Has(manifest))
            {
                continue;
            }

            foreach (var blob in ArtifactManifest.Parse(_store.Blobs.ReadVerified(manifest, ImageManifest.MaximumBytes)).Blobs)
            {
                siblings.TryAdd(blob.Digest, reference.Repository);
            }
        }

        return siblings;
    }
}
