using System.Text.Json.Serialization;

namespace Loam.Store;

/// <summary>The JSON of the store's own files.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true)]
[JsonSerializable(typeof(DiskRecord))]
[JsonSerializable(typeof(DiskOptionsRecord))]
[JsonSerializable(typeof(WorkspaceFile))]
internal sealed partial class StoreJson : JsonSerializerContext;
