using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Loam.Images;

/// <summary>A manifest or an index before it is known which of the two it is.</summary>
internal sealed record RawDocument(
    [property: JsonPropertyName("schemaVersion")] int SchemaVersion,
    [property: JsonPropertyName("mediaType")] string? MediaType,
    [property: JsonPropertyName("artifactType")] string? ArtifactType,
    [property: JsonPropertyName("config")] Descriptor? Config,
    [property: JsonPropertyName("layers")] IReadOnlyList<Descriptor?>? Layers,
    [property: JsonPropertyName("manifests")] IReadOnlyList<Descriptor?>? Manifests,
    [property: JsonPropertyName("subject")] Descriptor? Subject,
    [property: JsonPropertyName("annotations")] IReadOnlyDictionary<string, string>? Annotations);

/// <summary>Reads manifests, indexes and configurations as strangers send them.</summary>
[JsonSourceGenerationOptions(MaxDepth = 32)]
[JsonSerializable(typeof(RawDocument))]
[JsonSerializable(typeof(ImageConfig))]
internal sealed partial class ManifestJson : JsonSerializerContext
{
    /// <exception cref="LoamException"><see cref="ErrorCodes.ManifestInvalid"/>.</exception>
    public static T Read<T>(ReadOnlySpan<byte> content, JsonTypeInfo<T> type, string what)
    {
        try
        {
            return JsonSerializer.Deserialize(content, type) ?? throw new JsonException("it is null");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            throw new LoamException(ErrorCodes.ManifestInvalid, $"{what}: {e.Message}", e);
        }
    }

    /// <summary>What a document says it is; null where it says nothing, or is not JSON.</summary>
    public static string? MediaTypeOf(ReadOnlySpan<byte> content)
    {
        try
        {
            var document = JsonSerializer.Deserialize(content, Default.RawDocument);
            return document switch
            {
                { SchemaVersion: 1 } => MediaTypes.DockerSchema1,
                { MediaType: { } stated } => stated,
                { Manifests: not null } => MediaTypes.OciIndex,
                { Config: not null } => MediaTypes.OciManifest,
                _ => null,
            };
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Descriptors as strangers send them, each whole and none too many.</summary>
    public static IReadOnlyList<Descriptor> Descriptors(IReadOnlyList<Descriptor?>? list, int most, string what)
    {
        Check(list is not null && list.Count <= most, $"{what}: none, or more than {most}");
        foreach (var item in list)
        {
            Check(item is { Size: >= 0, Digest.IsEmpty: false, MediaType: not null }, $"{what}: one without digest, size or mediaType");
            Check(item.Platform is null or { Os: not null, Architecture: not null }, $"{what}: a platform without os or architecture");
        }

        return list!;
    }

    public static void Check([DoesNotReturnIf(false)] bool condition, string message)
    {
        if (!condition)
        {
            throw new LoamException(ErrorCodes.ManifestInvalid, message);
        }
    }
}
