using Loam.Images;
using Loam.Store;

namespace Loam.Committing;

/// <summary>The image that a disk was made from, as far as it is in the store.</summary>
/// <param name="Documents">Its manifest and configuration.</param>
internal sealed record BaseImage(ImageDocuments Documents)
{
    public ImageManifest Manifest => Documents.Manifest;

    public ImageConfig Config => Documents.Config;

    public Platform Platform => Config.Platform.Normalize();

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
    public static BaseImage Get(ImageStore store, string name) =>
        new(ImageDocuments.Read(store.Blobs, store.GetName(name, platform: null).Manifest));

    /// <summary>An image by the digest of its manifest; null where that is not in the store any more.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.BlobMissing"/>: its configuration is gone.</exception>
    public static BaseImage? Find(ImageStore store, Digest digest) => store.Blobs.Length(digest) is { } length
        ? new BaseImage(ImageDocuments.Read(store.Blobs, new Descriptor { MediaType = MediaTypes.OciManifest, Digest = digest, Size = length }))
        : null;
}
