using Loam.Machines;

namespace Loam.Cli.Output;

/// <summary>A workspace as <c>status</c>, <c>ls</c> and <c>create</c> show it.</summary>
internal sealed record WorkspaceJson(
    string Name,
    string State,
    string? Image,
    string? ImageDigest,
    string Disk,
    long SizeBytes,
    long StoredBytes,
    int MemoryMib,
    int Cpus,
    IReadOnlyList<string> Env,
    bool Throwaway,
    string CreatedAt)
{
    /// <summary>The machine's process, while it runs.</summary>
    public int? Pid { get; init; }

    public string? Accelerator { get; init; }

    public string? Kernel { get; init; }

    public string? StartedAt { get; init; }

    /// <summary>Of a new workspace: whether its disk shares blocks with its origin, and else how many bytes were copied.</summary>
    public bool? SharedBlocks { get; init; }

    public long? CopiedBytes { get; init; }

    public static WorkspaceJson From(Workspace workspace, WorkspaceState state)
    {
        var record = workspace.Record;
        var disk = new FileInfo(workspace.DiskPath);
        var run = state == WorkspaceState.Stopped ? null : workspace.ReadRun();
        return new WorkspaceJson(
            workspace.Name,
            state.ToString().ToLowerInvariant(),
            record.Image,
            record.ImageDigest?.ToString(),
            workspace.DiskPath,
            disk.Exists ? disk.Length : 0,
            disk.Exists ? Filesystems.DiskCopy.StoredBytes(workspace.DiskPath) : 0,
            record.MemoryMib,
            record.Cpus,
            record.Env,
            record.Throwaway,
            Times.Format(record.CreatedAt))
        {
            Pid = run?.Pid,
            Accelerator = run?.Accelerator,
            Kernel = run?.Kernel,
            StartedAt = run is null ? null : Times.Format(run.StartedAt),
        };
    }
}

internal sealed record WorkspaceListJson(IReadOnlyList<WorkspaceJson> Workspaces);

internal sealed record WorkspaceChangeJson(string Name, string Result);

/// <summary>What <c>doctor</c> found; <c>ok</c> says whether the program's main job can be done.</summary>
internal sealed record DoctorJson(bool Ok, IReadOnlyList<DiagnosisJson> Checks);

/// <param name="Name">What was checked.</param>
/// <param name="Result"><c>ok</c>, <c>warning</c> or <c>failed</c>.</param>
/// <param name="Detail">What was found.</param>
/// <param name="Fix">What to do about it.</param>
/// <param name="Required">Whether images and disks need it; the rest is for machines.</param>
internal sealed record DiagnosisJson(string Name, string Result, string Detail, string? Fix, bool Required);
