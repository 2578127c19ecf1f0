using System.Text.Json.Serialization;
using Loam.References;

namespace Loam.Store;

/// <summary>The JSON of the store's own files.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true,
    Converters = [typeof(DigestJsonConverter)])]
[JsonSerializable(typeof(DiskRecord))]
[JsonSerializable(typeof(DiskOptionsRecord))]
[JsonSerializable(typeof(Platform))]
[JsonSerializable(typeof(WorkspaceFile))]
internal sealed partial class StoreJson : JsonSerializerContext;
