using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;
using Loam.Machines;

namespace Loam.Cli.Commands;

/// <summary><c>loam kill</c>: stops a machine at once.</summary>
internal sealed class KillCommand(GlobalOptions global)
{
    private readonly WorkspaceArgument _workspace = new(global);

    public static LoamCommand Create(GlobalOptions global)
    {
        var kill = new KillCommand(global);
        return new LoamCommand("kill", "Stop a machine at once; the disk is left as it is", kill.RunAsync) { kill._workspace }
            .WithExamples("loam kill research");
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var (workspaces, workspace) = _workspace.Open(parsed);
        await new WorkspaceRunner(workspaces).KillAsync(workspace, cancellationToken).ConfigureAwait(false);
        WorkspaceText.WriteChange(global.Results(parsed), workspace, "killed");
        return 0;
    }
}
