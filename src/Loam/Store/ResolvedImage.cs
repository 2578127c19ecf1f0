namespace Loam.Store;

/// <summary>An image as a registry or an archive described it: chosen for a platform, its manifest and configuration verified.</summary>
/// <param name="Reference">What was asked for.</param>
/// <param name="Descriptor">The manifest's descriptor, with its platform.</param>
/// <param name="IndexDigest">The digest of the index that led to the manifest, if one did.</param>
/// <param name="Manifest">The manifest.</param>
/// <param name="Config">The configuration.</param>
internal sealed record ResolvedImage(
    ImageReference Reference, Descriptor Descriptor, Digest? IndexDigest, ImageManifest Manifest, ImageConfig Config)
{
    /// <summary>What it runs on, as the configuration says.</summary>
    public Platform Platform => Descriptor.Platform!;

    /// <summary>What stands in the store's index for it under a name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="disk">Its disk, relative to the images' folder or absolute; null where none was made.</param>
    public Descriptor Named(ImageReference name, string? disk)
    {
        var annotations = new Dictionary<string, string>(StringComparer.Ordinal) { [ImageStore.NameAnnotation] = name.ToString() };
        if (disk is not null)
        {
            annotations[ImageStore.DiskAnnotation] = disk;
        }

        if (IndexDigest is { } index)
        {
            annotations[ImageStore.IndexAnnotation] = index.ToString();
        }

        return Descriptor with { Annotations = annotations };
    }
}
