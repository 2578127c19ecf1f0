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
    /// <exception cref="LoamException"><see cref="ErrorCodes.ManifestInvalid"/>; <see cref="ErrorCodes.ManifestSchema1"/>;
    /// <see cref="ErrorCodes.NotAnImage"/>.</exception>
    public static ImageManifest Parse(ReadOnlySpan<byte> content)
    {
        var raw = ManifestJson.Read(content, ManifestJson.Default.RawDocument, "manifest");
        if (raw.SchemaVersion == 1)
        {
            throw new LoamException(ErrorCodes.ManifestSchema1, "the manifest is of Docker's schema 1");
        }

        ManifestJson.Check(raw.SchemaVersion == 2, "manifest: schemaVersion is not 2");
        ManifestJson.Check(raw.Manifests is null, "manifest: it also claims to be an index");
        ManifestJson.Check(raw.Config is { Size: >= 0, Digest.IsEmpty: false, MediaType: not null }, "manifest: no config");
        var layers = ManifestJson.Descriptors(raw.Layers, MaximumLayers, "manifest: layers");
        return raw.Config.MediaType is MediaTypes.OciConfig or MediaTypes.DockerConfig
            ? new ImageManifest(raw.Config, layers)
            : throw new LoamException(
                ErrorCodes.NotAnImage, $"the manifest describes an artifact of type {raw.ArtifactType ?? raw.Config.MediaType}, not an image");
    }
}
