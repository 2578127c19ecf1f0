using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;
using Loam.Machines;

namespace Loam.Cli.Commands;

/// <summary><c>loam pause</c>: stops the clock of a running guest.</summary>
internal sealed class PauseCommand(GlobalOptions global)
{
    private readonly WorkspaceArgument _workspace = new(global);

    public static LoamCommand Create(GlobalOptions global)
    {
        var pause = new PauseCommand(global);
        return new LoamCommand("pause", "Pause a running workspace", pause.RunAsync) { pause._workspace }
            .WithExamples("loam pause research");
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var (workspaces, workspace) = _workspace.Open(parsed);
        await new WorkspaceRunner(workspaces).PauseAsync(workspace, cancellationToken).ConfigureAwait(false);
        WorkspaceText.WriteChange(global.Results(parsed), workspace, "paused");
        return 0;
    }
}
