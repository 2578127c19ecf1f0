using Loam.Store;

namespace Loam.Archives;

/// <summary>An image of the store that is to be saved.</summary>
/// <param name="Name">Its name; null where it was given by digest alone.</param>
/// <param name="Manifests">Its manifests, one for each platform, in the order of the platforms' names.</param>
/// <param name="Index">The digest of the index that led to them, if one did.</param>
internal sealed record StoredImage(ImageReference? Name, IReadOnlyList<ImageDocuments> Manifests, Digest? Index)
{
    /// <summary>What the store has under a name or a digest.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.ImageNotFound"/>, <see cref="ErrorCodes.PlatformNotFound"/>.</exception>
    public static StoredImage Get(ImageStore store, string text, PlatformSelection platforms)
    {
        var entries = store.GetNames(text)
            .DistinctBy(entry => entry.Digest)
            .OrderBy(entry => entry.Platform?.ToString() ?? "", StringComparer.Ordinal)
            .ThenBy(entry => entry.Digest.ToString(), StringComparer.Ordinal)
            .ToList();
        var name = NameFor(text, entries[0]);
        var plain = entries.Select(entry => entry.Manifest).ToList();
        var chosen = platforms.Choose(plain, plain, name?.ToString() ?? text);
        var indexes = entries.Select(entry => entry.Index).Distinct().ToList();
        return new StoredImage(
            name,
            [.. chosen.Select(entry => Open(store, entry))],
            indexes is [var index] ? index : null);
    }

    /// <summary>The name under which it is saved: what was asked for if that states a repository, else the name that was
    /// found; none for a digest alone.</summary>
    private static ImageReference? NameFor(string text, NamedImage entry)
    {
        var found = ImageReference.TryParse(entry.Name ?? "", out var name) ? name : null;
        if (ImageReference.TryParse(text, out var asked) && asked.Registry == found?.Registry && asked.Repository == found.Repository)
        {
            return asked;
        }

        var hex = text.StartsWith("sha256:", StringComparison.Ordinal) ? text["sha256:".Length..] : text;
        return hex.AsSpan().ContainsAnyExcept("0123456789abcdef") ? found : null;
    }

    private static ImageDocuments Open(ImageStore store, Descriptor entry)
    {
        var documents = ImageDocuments.Read(store.Blobs, entry);
        return documents.Manifest.Layers.FirstOrDefault(layer => !store.Blobs.Has(layer)) is { } missing
            ? throw new LoamException(ErrorCodes.BlobMissing, $"layer {missing.Digest} is not in the store")
            : documents;
    }
}
