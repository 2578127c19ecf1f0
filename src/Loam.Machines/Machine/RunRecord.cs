using System.Text.Json.Serialization;

namespace Loam.Machines;

/// <summary><c>run.json</c>: the machine that is running on a workspace, or ran last. True only while the workspace's lock is
/// held.</summary>
public sealed record RunRecord
{
    /// <summary>QEMU's process.</summary>
    [JsonPropertyName("pid")]
    public required int Pid { get; init; }

    /// <summary><c>kvm</c> or <c>tcg</c>.</summary>
    [JsonPropertyName("accelerator")]
    public required string Accelerator { get; init; }

    /// <summary>The kernel's path.</summary>
    [JsonPropertyName("kernel")]
    public required string Kernel { get; init; }

    /// <summary>Whether it continues to run without the command that started it.</summary>
    [JsonPropertyName("detached")]
    public required bool Detached { get; init; }

    /// <summary>When it was started.</summary>
    [JsonPropertyName("started_at")]
    public required DateTimeOffset StartedAt { get; init; }
}
