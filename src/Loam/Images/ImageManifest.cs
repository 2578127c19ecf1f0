using Loam.Images;

namespace Loam;

/// <summary>One image: its configuration and its layers (OCI image-spec, <c>manifest.md</c>).</summary>
/// <param name="Config">The configuration's blob.</param>
/// <param name="Layers">The layers' blobs, lowest first.</param>
public sealed record ImageManifest(Descriptor Config, IReadOnlyList<Descriptor> Layers)
{
    /// <summary>The largest manifest that is read: the size registries must accept (distribution-spec, "Pushing Manifests").</summary>
    public const int MaximumBytes = 4 << 20;

    private const int MaximumLayers = 1000;

    /// <summary>Reads a manifest.</summary>
    /// <param name="content">Its JSON.</param>
    /// <returns>What it says, checked.</returns>
    /// <exception cref="LoamException"><see cref="ErrorCodes.ManifestInvalid"/>; <see cref="ErrorCodes.ManifestSchema1"/>;
    /// <see cref="ErrorCodes.NotAnImage"/>.</exception>
    public static ImageManifest Parse(ReadOnlySpan<byte> content)
    {
        var manifest = ArtifactManifest.Parse(content);
        ManifestJson.Check(manifest.Layers.Count <= MaximumLayers, $"manifest: layers: more than {MaximumLayers}");
        return manifest.Config.MediaType is MediaTypes.OciConfig or MediaTypes.DockerConfig
            ? new ImageManifest(manifest.Config, manifest.Layers)
            : throw new LoamException(
                ErrorCodes.NotAnImage, $"the manifest describes an artifact of type {manifest.ArtifactType}, not an image");
    }
}
