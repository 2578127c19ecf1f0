using System.Text.Json.Serialization;

namespace Loam;

/// <summary>A pointer to content (OCI image-spec, <c>descriptor.md</c>).</summary>
public sealed record Descriptor
{
    /// <summary>What kind of content it is.</summary>
    [JsonPropertyName("mediaType")]
    public required string MediaType { get; init; }

    /// <summary>The content's digest.</summary>
    [JsonPropertyName("digest")]
    public required Digest Digest { get; init; }

    /// <summary>The content's length in bytes.</summary>
    [JsonPropertyName("size")]
    public required long Size { get; init; }

    /// <summary>For a manifest in an index: what it runs on.</summary>
    [JsonPropertyName("platform"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), JsonConverter(typeof(OciPlatformJsonConverter))]
    public Platform? Platform { get; init; }

    /// <summary>For an artifact: what it is.</summary>
    [JsonPropertyName("artifactType"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ArtifactType { get; init; }

    /// <summary>Notes, by key.</summary>
    [JsonPropertyName("annotations"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, string>? Annotations { get; init; }
}
