using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;

namespace Loam.Cli.Commands;

/// <summary><c>loam delete</c>: deletes a stopped workspace.</summary>
internal sealed class WorkspaceDeleteCommand(GlobalOptions global)
{
    private readonly WorkspaceArgument _workspace = new(global);

    public static LoamCommand Create(GlobalOptions global)
    {
        var delete = new WorkspaceDeleteCommand(global);
        return new LoamCommand("delete", "Delete a stopped workspace and its disk", delete.RunAsync) { delete._workspace }
            .WithAlias("rm").WithExamples("loam delete research");
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var (workspaces, workspace) = _workspace.Open(parsed);
        await workspaces.DeleteAsync(workspace, cancellationToken).ConfigureAwait(false);
        WorkspaceText.WriteChange(global.Results(parsed), workspace, "deleted");
        return 0;
    }
}
