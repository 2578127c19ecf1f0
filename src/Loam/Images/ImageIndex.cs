using Loam.Images;

namespace Loam;

/// <summary>Manifests of one image for many platforms (OCI image-spec, <c>image-index.md</c>).</summary>
/// <param name="Manifests">Its entries: manifests, or further indexes.</param>
public sealed record ImageIndex(IReadOnlyList<Descriptor> Manifests)
{
    private const int MaximumManifests = 10_000;

    /// <summary>Reads an index.</summary>
    /// <param name="content">Its JSON.</param>
    /// <returns>What it says, checked.</returns>
    /// <exception cref="LoamException"><see cref="ErrorCodes.ManifestInvalid"/>.</exception>
    public static ImageIndex Parse(ReadOnlySpan<byte> content)
    {
        var raw = ManifestJson.Read(content, ManifestJson.Default.RawDocument, "index");
        ManifestJson.Check(raw.SchemaVersion == 2, "index: schemaVersion is not 2");

        // One document must not be read as either kind at will (OCI image-spec, CVE-2021-41190).
        ManifestJson.Check(raw is { Config: null, Layers: null }, "index: it also claims to be a manifest");
        return new ImageIndex(ManifestJson.Descriptors(raw.Manifests, MaximumManifests, "index: manifests"));
    }
}
