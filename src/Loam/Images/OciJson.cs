using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Loam.Images;

/// <summary><c>oci-layout</c> (OCI image-spec, <c>image-layout.md</c>).</summary>
internal sealed record LayoutMarker([property: JsonPropertyName("imageLayoutVersion")] string? ImageLayoutVersion);

/// <summary><c>index.json</c> of a layout, and any other index that is written.</summary>
internal sealed record LayoutIndexFile(
    [property: JsonPropertyName("schemaVersion")] int SchemaVersion,
    [property: JsonPropertyName("mediaType")] string? MediaType,
    [property: JsonPropertyName("manifests")] IReadOnlyList<Descriptor> Manifests);

/// <summary>A manifest as Loam makes it for images that come without one.</summary>
internal sealed record MadeManifest(
    [property: JsonPropertyName("schemaVersion")] int SchemaVersion,
    [property: JsonPropertyName("mediaType")] string MediaType,
    [property: JsonPropertyName("config")] Descriptor Config,
    [property: JsonPropertyName("layers")] IReadOnlyList<Descriptor> Layers);

/// <summary>The manifest of an artifact, as it is written.</summary>
internal sealed record ArtifactManifestFile(
    [property: JsonPropertyName("schemaVersion")] int SchemaVersion,
    [property: JsonPropertyName("mediaType")] string MediaType,
    [property: JsonPropertyName("artifactType")] string ArtifactType,
    [property: JsonPropertyName("config")] Descriptor Config,
    [property: JsonPropertyName("layers")] IReadOnlyList<Descriptor> Layers,
    [property: JsonPropertyName("subject")] Descriptor Subject,
    [property: JsonPropertyName("annotations")] IReadOnlyDictionary<string, string> Annotations);

/// <summary>Writes manifests, indexes and configurations: compact, in the order of the records.</summary>
[JsonSourceGenerationOptions(
    MaxDepth = 32,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(LayoutMarker))]
[JsonSerializable(typeof(LayoutIndexFile))]
[JsonSerializable(typeof(MadeManifest))]
[JsonSerializable(typeof(ArtifactManifestFile))]
[JsonSerializable(typeof(JsonObject))]
internal sealed partial class OciJson : JsonSerializerContext
{
    /// <summary>As other tools write it: `+` stands as itself.</summary>
    public static OciJson Plain => field ??= new OciJson(new JsonSerializerOptions(Default.Options)
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
