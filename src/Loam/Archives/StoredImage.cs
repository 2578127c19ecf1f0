namespace Loam;

/// <summary>An image of the store that is to be saved, for one platform.</summary>
/// <param name="Descriptor">Its manifest's descriptor, with its platform and without annotations.</param>
/// <param name="Manifest">The manifest.</param>
/// <param name="Config">The configuration.</param>
internal sealed record StoredManifest(Descriptor Descriptor, ImageManifest Manifest, ImageConfig Config);

/// <summary>An image of the store that is to be saved.</summary>
/// <param name="Name">Its name; null where it was asked for by digest alone.</param>
/// <param name="Manifests">Its manifests, one for each platform, in the order of the platforms' names.</param>
/// <param name="Index">The digest of the index that led to them, if one did.</param>
internal sealed record StoredImage(ImageReference? Name, IReadOnlyList<StoredManifest> Manifests, Digest? Index)
{
    /// <summary>What is here under a name or a digest.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.ImageNotFound"/>, <see cref="ErrorCodes.PlatformNotFound"/>.</exception>
    public static StoredImage Find(ImageStore store, string text, PlatformSelection platforms)
    {
        var byDigest = Digest.TryParse(text, out var digest);
        var name = byDigest ? null : ImageReference.Parse(text);
        var entries = store.Names.Read()
            .Where(entry => name is null ? entry.Digest == digest : Names(entry, name))
            .DistinctBy(entry => entry.Digest)
            .OrderBy(entry => entry.Platform?.ToString() ?? "", StringComparer.Ordinal)
            .ThenBy(entry => entry.Digest.ToString(), StringComparer.Ordinal)
            .ToList();
        if (entries.Count == 0)
        {
            throw new LoamException(ErrorCodes.ImageNotFound, $"{(name?.ToString() ?? text)} is not in the store");
        }

        var plain = entries.Select(entry => entry with { Annotations = null }).ToList();
        var chosen = platforms.Choose(plain, plain, name?.ToString() ?? text);
        var indexes = entries.Select(entry => entry.Annotations?.GetValueOrDefault(ImageStore.IndexAnnotation)).Distinct(StringComparer.Ordinal).ToList();
        return new StoredImage(
            name,
            [.. chosen.Select(entry => Open(store, entry))],
            indexes is [{ } index] && Digest.TryParse(index, out var indexDigest) ? indexDigest : null);
    }

    /// <summary>An entry is meant by its own name, and by its repository and its digest.</summary>
    private static bool Names(Descriptor entry, ImageReference wanted)
    {
        if (ImageStore.NameOf(entry) is not { } stated || !ImageReference.TryParse(stated, out var name))
        {
            return false;
        }

        return name == wanted
            || (wanted.Digest is { } digest && name.Registry == wanted.Registry && name.Repository == wanted.Repository
                && (entry.Digest == digest || entry.Annotations?.GetValueOrDefault(ImageStore.IndexAnnotation) == digest.ToString()));
    }

    private static StoredManifest Open(ImageStore store, Descriptor entry)
    {
        var manifest = ImageManifest.Parse(store.Blobs.ReadVerified(entry, ImageManifest.MaximumBytes));
        var config = ImageConfig.Parse(store.Blobs.ReadVerified(manifest.Config, ImageConfig.MaximumBytes), manifest);
        foreach (var layer in manifest.Layers.Where(layer => !store.Blobs.Has(layer)))
        {
            throw new LoamException(ErrorCodes.BlobMissing, $"layer {layer.Digest} is not in the store");
        }

        return new StoredManifest(
            entry.Platform is null ? entry with { Platform = new Platform { Os = config.Os, Architecture = config.Architecture, Variant = config.Variant } } : entry,
            manifest,
            config);
    }
}
