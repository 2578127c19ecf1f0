namespace Loam.Store;

/// <summary>An image's manifest and configuration, whole and verified.</summary>
/// <param name="Descriptor">The manifest's descriptor, with the platform; where it stated none, the configuration's.</param>
/// <param name="Manifest">The manifest.</param>
/// <param name="Config">The configuration.</param>
/// <param name="ManifestBytes">The manifest's bytes.</param>
/// <param name="ConfigBytes">The configuration's bytes.</param>
internal sealed record ImageDocuments(
    Descriptor Descriptor, ImageManifest Manifest, ImageConfig Config, byte[] ManifestBytes, byte[] ConfigBytes)
{
    /// <summary>Reads an image of the store.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.BlobMissing"/>, <see cref="ErrorCodes.StoreDamaged"/>,
    /// <see cref="ErrorCodes.ManifestInvalid"/>, <see cref="ErrorCodes.NotAnImage"/>.</exception>
    public static ImageDocuments Read(BlobStore blobs, Descriptor manifest) =>
        Read(manifest, (blob, maximumBytes) => blobs.ReadVerified(blob, maximumBytes));

    /// <summary>Reads an image of the store; null where its manifest or its configuration is not in it.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.StoreDamaged"/>, <see cref="ErrorCodes.ManifestInvalid"/>,
    /// <see cref="ErrorCodes.NotAnImage"/>.</exception>
    public static ImageDocuments? Find(BlobStore blobs, Descriptor manifest) =>
        blobs.Has(manifest) && ImageManifest.Parse(blobs.ReadVerified(manifest, ImageManifest.MaximumBytes)) is var parsed && blobs.Has(parsed.Config)
            ? Read(blobs, manifest)
            : null;

    /// <summary>Reads an image from wherever its documents are.</summary>
    /// <param name="manifest">The manifest's descriptor.</param>
    /// <param name="read">Gives a document's bytes, verified and no more than the maximum.</param>
    /// <exception cref="LoamException"><see cref="ErrorCodes.ManifestInvalid"/>, <see cref="ErrorCodes.NotAnImage"/>; what
    /// reading threw.</exception>
    public static ImageDocuments Read(Descriptor manifest, Func<Descriptor, int, byte[]> read)
    {
        var manifestBytes = read(manifest, ImageManifest.MaximumBytes);
        var parsed = ImageManifest.Parse(manifestBytes);
        var configBytes = read(parsed.Config, ImageConfig.MaximumBytes);
        var config = ImageConfig.Parse(configBytes, parsed);
        return new ImageDocuments(manifest with { Platform = manifest.Platform ?? config.Platform }, parsed, config, manifestBytes, configBytes);
    }
}
