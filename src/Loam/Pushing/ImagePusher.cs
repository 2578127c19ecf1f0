using Loam.Images;
using Loam.Pushing;
using Loam.Store;

namespace Loam;

/// <summary>Brings images of a store to a registry, byte for byte as they are.</summary>
public sealed class ImagePusher(ImageStore store, RegistryClient registry)
{
    /// <summary>Pushes an image. The reference leads to it only when everything it needs is there.</summary>
    /// <param name="image">An image of the store.</param>
    /// <param name="destination">Where it goes; null for the image's own name.</param>
    /// <param name="options">How.</param>
    /// <param name="progress">Told how far each blob has come.</param>
    /// <param name="cancellationToken">Ends the push; the reference then leads where it led before.</param>
    /// <exception cref="LoamException">The image is not whole, or the registry does not take it.</exception>
    public async Task<PushedImage> PushAsync(
        string image, ImageReference? destination, PushOptions options, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        using var held = await store.HoldAsync(cancellationToken).ConfigureAwait(false);
        var (name, top) = Find(image, options);
        destination ??= name;
        var stored = PushSet.Read(store.Blobs, top);
        if (destination.Digest is { } wanted && wanted != top.Digest)
        {
            throw new LoamException(ErrorCodes.InvalidReference, $"{destination} states a digest, and that of {name} is {top.Digest}")
            {
                Hint = "Leave the digest out.",
            };
        }

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
            if (!await registry.HasManifestAsync(under, manifest, cancellationToken).ConfigureAwait(false))
            {
                await registry.PutManifestAsync(under, manifest, cancellationToken).ConfigureAwait(false);
            }
        }

        return new PushedImage(name, destination, top.Digest, uploaded, bytes, mounted, present);
    }

    private async Task<UploadOutcome> UploadAsync(
        ImageReference destination, Descriptor blob, int number, string? mountFrom, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        var verified = false;
        var outcome = await registry.UploadAsync(destination, blob, Open, mountFrom, Report, cancellationToken).ConfigureAwait(false);
        Report(blob.Size);
        return outcome;

        void Report(long done) => progress?.Report(new WorkProgress(WorkPhase.Upload, number, blob.Digest, done, blob.Size));

        // What was damaged on this machine must not travel; a registry that does not check would spread it.
        Stream Open()
        {
            if (!verified)
            {
                store.Blobs.Verify(blob);
                verified = true;
            }

            return store.Blobs.OpenRead(blob.Digest);
        }
    }

    private (ImageReference Name, Descriptor Top) Find(string image, PushOptions options)
    {
        var named = new NameResolver(store.Names.Read()).Resolve(image);
        var chosen = options.Platform is { } platform ? named.FirstOrDefault(name => PlatformChoice.Fits(name.Platform, platform)) : named[0];
        if (chosen is null)
        {
            throw new LoamException(ErrorCodes.ImageNotFound, $"{image} is here, but not for {options.Platform}");
        }

        var reference = ImageReference.Parse(chosen.Name!);
        return (reference, options.AllPlatforms ? IndexOf(chosen, reference) : chosen.Manifest);
    }

    private Descriptor IndexOf(NamedImage named, ImageReference reference)
    {
        if (named.Index is not { } digest || store.Blobs.Length(digest) is not { } length)
        {
            throw new LoamException(ErrorCodes.IndexMissing, $"{reference} was not pulled from an index, or the index is not in the store");
        }

        var index = new Descriptor { MediaType = MediaTypes.OciIndex, Digest = digest, Size = length };
        return index with { MediaType = ManifestJson.MediaTypeOf(store.Blobs.ReadVerified(index, ImageManifest.MaximumBytes)) ?? index.MediaType };
    }

    /// <summary>For each blob that an image of another repository of the same registry has: that repository.</summary>
    private Dictionary<Digest, string> Siblings(ImageReference destination)
    {
        var siblings = new Dictionary<Digest, string>();
        foreach (var named in store.Names.Read())
        {
            if (named.Name is not { } name || !ImageReference.TryParse(name, out var reference)
                || reference.Registry != destination.Registry || reference.Repository == destination.Repository
                || MediaTypes.IsIndex(named.MediaType) || named.Manifest is var manifest && !store.Blobs.Has(manifest))
            {
                continue;
            }

            foreach (var blob in ArtifactManifest.Parse(store.Blobs.ReadVerified(manifest, ImageManifest.MaximumBytes)).Blobs)
            {
                siblings.TryAdd(blob.Digest, reference.Repository);
            }
        }

        return siblings;
    }
}
