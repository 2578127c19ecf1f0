using Loam.Filesystems;
using Loam.Machines;

namespace Loam.Cli.Output;

/// <summary>Workspaces, for people and for programs.</summary>
internal static class WorkspaceText
{
    /// <summary>A workspace that was just made.</summary>
    public static void WriteCreated(Results results, Workspace workspace, DiskCopy copy) => results.Write(
        WorkspaceJson.From(workspace, WorkspaceState.Stopped) with { SharedBlocks = copy.Shared, CopiedBytes = copy.BytesCopied },
        CliJson.Indented.WorkspaceJson,
        () => $"{workspace.Name}\n{Columns.Format(
        [
            ["  disk", workspace.DiskPath],
            ["  from", workspace.Record.Image ?? "a disk file"],
            ["  copied", copy.Shared ? "nothing: blocks are shared" : Sizes.Format(copy.BytesCopied)],
        ])}",
        () => workspace.Name);

    /// <summary>What was done to a workspace.</summary>
    /// <param name="results">Where it is printed.</param>
    /// <param name="workspace">The workspace.</param>
    /// <param name="done">One word: <c>halted</c>.</param>
    public static void WriteChange(Results results, Workspace workspace, string done) => results.Write(
        new WorkspaceChangeJson(workspace.Name, done), CliJson.Indented.WorkspaceChangeJson, () => $"{workspace.Name}: {done}", () => "");

    /// <summary>A table of workspaces.</summary>
    public static string Describe(IReadOnlyList<WorkspaceJson> workspaces) => Columns.Format(
    [
        ["NAME", "STATE", "IMAGE", "SIZE", "CREATED"],
        .. workspaces.Select(workspace => new[]
        {
            workspace.Name, workspace.State, workspace.Image ?? "-", Sizes.Format(workspace.SizeBytes), workspace.CreatedAt,
        }),
    ]);

    /// <summary>All of one workspace.</summary>
    public static string Describe(WorkspaceJson workspace)
    {
        var rows = new List<string[]> { new[] { "  state", workspace.State } };
        if (workspace.Image is { } image)
        {
            rows.Add(["  image", image]);
            rows.Add(["  digest", workspace.ImageDigest!]);
        }

        rows.Add(["  disk", workspace.Disk]);
        rows.Add(["  size", $"{Sizes.Format(workspace.SizeBytes)}, of which the host stores {Sizes.Format(workspace.StoredBytes)}"]);
        rows.Add(["  machine", $"{workspace.Cpus} processor{(workspace.Cpus == 1 ? "" : "s")}, {workspace.MemoryMib} MiB"]);
        rows.Add(["  created", workspace.CreatedAt]);
        if (workspace.Accelerator is { } accelerator)
        {
            rows.Add(["  running", $"process {workspace.Pid}, {accelerator}, since {workspace.StartedAt}"]);
        }

        return $"{workspace.Name}\n{Columns.Format(rows)}";
    }
}
