using System.Text.Json.Serialization;

namespace Loam.Machines.Machine;

/// <summary>The JSON of what machines leave behind.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true)]
[JsonSerializable(typeof(RunRecord))]
[JsonSerializable(typeof(AcceleratorRecord))]
internal sealed partial class MachineJson : JsonSerializerContext;
