namespace Loam.Images;

/// <summary>A manifest of anything: an image, or another artifact (OCI image-spec, <c>manifest.md</c>, "Guidelines for
/// Artifact Usage").</summary>
/// <param name="ArtifactType">What it is: the stated type, else the configuration's media type.</param>
/// <param name="Config">The configuration's blob.</param>
/// <param name="Layers">The content's blobs, in their order.</param>
/// <param name="Subject">What it refers to, if anything.</param>
/// <param name="Annotations">Notes.</param>
internal sealed record ArtifactManifest(
    string ArtifactType, Descriptor Config, IReadOnlyList<Descriptor> Layers, Descriptor? Subject, IReadOnlyDictionary<string, string> Annotations)
{
    /// <summary>More than any image has; disks travel as many chunks.</summary>
    public const int MaximumLayers = 30_000;

    /// <summary>Everything that must be there before the manifest.</summary>
    public IEnumerable<Descriptor> Blobs => [Config, .. Layers];

    /// <summary>Reads a manifest.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.ManifestInvalid"/>; <see cref="ErrorCodes.ManifestSchema1"/>.</exception>
    public static ArtifactManifest Parse(ReadOnlySpan<byte> content)
    {
        var raw = ManifestJson.Read(content, ManifestJson.Default.RawDocument, "manifest");
        if (raw.SchemaVersion == 1)
        {
            throw new LoamException(ErrorCodes.ManifestSchema1, "the manifest is of Docker's schema 1");
        }

        ManifestJson.Check(raw.SchemaVersion == 2, "manifest: schemaVersion is not 2");
        ManifestJson.Check(raw.Manifests is null, "manifest: it also claims to be an index");
        ManifestJson.Check(raw.Config is { Size: >= 0, Digest.IsEmpty: false, MediaType: not null }, "manifest: no config");
        ManifestJson.Check(
            raw.Subject is null or { Size: >= 0, Digest.IsEmpty: false, MediaType: not null }, "manifest: a subject without digest, size or mediaType");
        return new ArtifactManifest(
            raw.ArtifactType ?? raw.Config.MediaType,
            raw.Config,
            ManifestJson.Descriptors(raw.Layers, MaximumLayers, "manifest: layers"),
            raw.Subject,
            raw.Annotations ?? new Dictionary<string, string>(StringComparer.Ordinal));
    }
}
