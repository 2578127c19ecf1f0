using System.Text.Json.Serialization;

namespace Loam.Store;

/// <summary>The fields of <c>workspace.json</c> that the store reads; others are the workspace's own.</summary>
internal sealed record WorkspaceFile(
    [property: JsonPropertyName("image")] string? Image, [property: JsonPropertyName("disk")] string? Disk);
