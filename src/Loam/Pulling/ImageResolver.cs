using Loam.Images;
using Loam.Store;

namespace Loam.Pulling;

/// <summary>From a reference to the one image that fits a platform, through indexes and their nested indexes. What
/// led to it, the manifest and the configuration are kept in the store as they come.</summary>
internal sealed class ImageResolver(ImageStore store, RegistryClient registry)
{
    private const int MaximumIndexDepth = 4;

    /// <summary>What a reference leads to. A digest always leads to the same, so that nobody need be asked for what its
    /// repository gave before.</summary>
    /// <exception cref="LoamException">It does not exist, may not be read, or cannot be reached.</exception>
    public async Task<FetchedManifest> FindAsync(ImageReference reference, CancellationToken cancellationToken) =>
        FindHere(reference) ?? await registry.GetManifestAsync(reference, cancellationToken).ConfigureAwait(false);

    /// <summary>Follows indexes down to an image.</summary>
    /// <exception cref="LoamException">Nothing fits the platform, or what fits is not an image.</exception>
    public async Task<ResolvedImage> ResolveAsync(
        ImageReference reference, FetchedManifest top, Platform platform, CancellationToken cancellationToken)
    {
        var fetched = top;
        for (var depth = 0; fetched.IsIndex; depth++)
        {
            if (depth == MaximumIndexDepth)
            {
                throw new LoamException(ErrorCodes.ManifestInvalid, $"{reference}: indexes nest more than {MaximumIndexDepth} deep");
            }

            var child = PlatformChoice.Choose(ImageIndex.Parse(fetched.Content.Span), platform, reference.ToString());
            await store.Blobs.AddAsync(fetched.Digest, fetched.Content, cancellationToken).ConfigureAwait(false);
            fetched = await FindAsync(reference.WithDigest(child.Digest), cancellationToken).ConfigureAwait(false);
        }

        var manifest = ImageManifest.Parse(fetched.Content.Span);
        var config = ImageConfig.Parse(await FetchConfigAsync(reference, manifest.Config, cancellationToken).ConfigureAwait(false), manifest);
        await store.Blobs.AddAsync(fetched.Digest, fetched.Content, cancellationToken).ConfigureAwait(false);
        var descriptor = new Descriptor
        {
            MediaType = fetched.MediaType,
            Digest = fetched.Digest,
            Size = fetched.Content.Length,
            Platform = config.Platform,
        };
        return new ResolvedImage(reference, descriptor, ReferenceEquals(fetched, top) ? null : top.Digest, manifest, config);
    }

    private FetchedManifest? FindHere(ImageReference reference)
    {
        if (reference.Digest is not { } digest || store.Blobs.Length(digest) is not { } size || !store.Names.Read().Any(LeadsThere))
        {
            return null;
        }

        try
        {
            var content = store.Blobs.ReadVerified(new Descriptor { MediaType = "", Digest = digest, Size = size }, ImageManifest.MaximumBytes);
            return ManifestJson.MediaTypeOf(content) is { } type ? new FetchedManifest(type, digest, content) : null;
        }
        catch (LoamException e) when (e.Code == ErrorCodes.StoreDamaged)
        {
            // The registry may still have it whole.
            return null;
        }

        bool LeadsThere(NamedImage named) =>
            named.LeadsTo(digest) && named.Name is { } name && ImageReference.TryParse(name, out var other)
            && other.Registry == reference.Registry && other.Repository == reference.Repository;
    }

    private async Task<byte[]> FetchConfigAsync(ImageReference reference, Descriptor config, CancellationToken cancellationToken)
    {
        if (store.Blobs.Has(config))
        {
            return store.Blobs.ReadVerified(config, ImageConfig.MaximumBytes);
        }

        var content = await registry.GetBlobBytesAsync(reference, config, ImageConfig.MaximumBytes, cancellationToken).ConfigureAwait(false);
        await store.Blobs.AddAsync(config.Digest, content, cancellationToken).ConfigureAwait(false);
        return content;
    }
}
