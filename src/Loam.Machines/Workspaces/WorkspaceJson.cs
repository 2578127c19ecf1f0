using System.Text.Json.Serialization;
using Loam.References;

namespace Loam.Machines.Workspaces;

/// <summary>The JSON of workspaces.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true,
    Converters = [typeof(DigestJsonConverter)])]
[JsonSerializable(typeof(WorkspaceRecord))]
internal sealed partial class WorkspaceJson : JsonSerializerContext;
