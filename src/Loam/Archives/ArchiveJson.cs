using System.Text.Json;
using System.Text.Json.Serialization;

namespace Loam.Archives;

/// <summary>One image of a docker-archive's <c>manifest.json</c> (Docker image spec v1.2, "Combined Image JSON + Filesystem
/// Changeset Format").</summary>
internal sealed record DockerImage(
    [property: JsonPropertyName("Config")] string? Config,
    [property: JsonPropertyName("RepoTags")] IReadOnlyList<string?>? RepoTags,
    [property: JsonPropertyName("Layers")] IReadOnlyList<string?>? Layers);

/// <summary>One layer's <c>json</c> in the first docker-archives (Docker image spec v1).</summary>
internal sealed record DockerLayerV1(
    [property: JsonPropertyName("parent")] string? Parent,
    [property: JsonPropertyName("architecture")] string? Architecture,
    [property: JsonPropertyName("os")] string? Os,
    [property: JsonPropertyName("author")] string? Author,
    [property: JsonPropertyName("created")] string? Created,
    [property: JsonPropertyName("config")] JsonElement? Config);

/// <summary>A configuration made from the first docker-archives' layers.</summary>
internal sealed record MadeConfig(
    [property: JsonPropertyName("architecture")] string Architecture,
    [property: JsonPropertyName("os")] string Os,
    [property: JsonPropertyName("author")] string? Author,
    [property: JsonPropertyName("created")] string? Created,
    [property: JsonPropertyName("config")] JsonElement? Config,
    [property: JsonPropertyName("rootfs")] MadeRootFs RootFs);

/// <summary>The layers of a made configuration.</summary>
internal sealed record MadeRootFs(
    [property: JsonPropertyName("type")] string Type,
    [property: JsonPropertyName("diff_ids")] IReadOnlyList<Digest> DiffIds);

/// <summary>The JSON of archives. What is written is compact and in the order of the records.</summary>
[JsonSourceGenerationOptions(
    MaxDepth = 32,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(IReadOnlyList<DockerImage?>))]
[JsonSerializable(typeof(DockerLayerV1))]
[JsonSerializable(typeof(MadeConfig))]
[JsonSerializable(typeof(Dictionary<string, Dictionary<string, string>>))]
internal sealed partial class ArchiveJson : JsonSerializerContext
{
    /// <summary>As other tools write it: `+` stands as itself.</summary>
    public static ArchiveJson Plain => field ??= Relaxed();

    private static ArchiveJson Relaxed() => new(new JsonSerializerOptions(Default.Options)
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
