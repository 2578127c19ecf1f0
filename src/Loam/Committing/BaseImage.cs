using Loam.Images;

namespace Loam.Committing;

/// <summary>The image that a disk was made from, as far as it is in the store.</summary>
/// <param name="Manifest">Its manifest.</param>
/// <param name="Config">Its configuration.</param>
/// <param name="ConfigBytes">The configuration as it stands in the store.</param>
internal sealed record BaseImage(ImageManifest Manifest, ImageConfig Config, byte[] ConfigBytes)
{
    public Platform Platform => new Platform { Os = Config.Os, Architecture = Config.Architecture, Variant = Config.Variant }.Normalize();

    /// <summary>Its layers under the names that OCI has for them; Docker's are the same bytes.</summary>
    public IReadOnlyList<Descriptor> LayersAsOci => [.. Manifest.Layers.Select(layer => layer with
    {
        MediaType = layer.MediaType switch
        {
            MediaTypes.DockerLayerGzip => MediaTypes.OciLayerGzip,
            MediaTypes.DockerLayerTar => MediaTypes.OciLayerTar,
            var other => other,
        },
    })];

    /// <summary>An image by what a user calls it.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.ImageNotFound"/>, <see cref="ErrorCodes.BlobMissing"/>.</exception>
    public static BaseImage Find(ImageStore store, string name) => Read(store, store.FindName(name, platform: null).Manifest);

    /// <summary>An image by the digest of its manifest; null where it is not here any more.</summary>
    public static BaseImage? Find(ImageStore store, Digest digest) => store.Blobs.Length(digest) is { } length
        ? Read(store, new Descriptor { MediaType = MediaTypes.OciManifest, Digest = digest, Size = length })
        : null;

    private static BaseImage Read(ImageStore store, Descriptor descriptor)
    {
        var manifest = ImageManifest.Parse(store.Blobs.ReadVerified(descriptor, ImageManifest.MaximumBytes));
        var config = store.Blobs.ReadVerified(manifest.Config, ImageConfig.MaximumBytes);
        return new BaseImage(manifest, ImageConfig.Parse(config, manifest), config);
    }
}
