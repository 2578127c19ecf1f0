using System.Text.Json;
using System.Text.Json.Serialization;

namespace Loam;

/// <summary><c>index.json</c> of the layout.</summary>
internal sealed record LayoutIndexFile(
    [property: JsonPropertyName("schemaVersion")] int SchemaVersion,
    [property: JsonPropertyName("mediaType")] string? MediaType,
    [property: JsonPropertyName("manifests")] IReadOnlyList<Descriptor> Manifests);

/// <summary>The JSON of the store's own files.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true,
    Converters = [typeof(DigestJsonConverter)])]
[JsonSerializable(typeof(LayoutIndexFile))]
[JsonSerializable(typeof(DiskRecord))]
[JsonSerializable(typeof(DiskOptionsRecord))]
[JsonSerializable(typeof(Platform))]
[JsonSerializable(typeof(WorkspaceFile))]
[JsonSerializable(typeof(WorkspaceRecord))]
[JsonSerializable(typeof(RunRecord))]
[JsonSerializable(typeof(MachineSettings))]
[JsonSerializable(typeof(AcceleratorRecord))]
internal sealed partial class StoreJson : JsonSerializerContext
{
    /// <summary>One line: what is written anew with every name shall be short.</summary>
    public static StoreJson Compact => field ??= new StoreJson(new JsonSerializerOptions(Default.Options) { WriteIndented = false });
}
