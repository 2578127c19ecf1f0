using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;
using Loam.Machines;

namespace Loam.Cli.Commands;

/// <summary><c>loam status</c>: all of one workspace.</summary>
internal sealed class StatusCommand(GlobalOptions global)
{
    private readonly WorkspaceArgument _workspace = new(global);

    public static LoamCommand Create(GlobalOptions global)
    {
        var status = new StatusCommand(global);
        return new LoamCommand("status", "Show a workspace", status.RunAsync) { status._workspace }.WithExamples(
            "loam status research",
            "loam status -q research                  # stopped, running, paused or busy");
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var (workspaces, workspace) = _workspace.Open(parsed);
        var state = await new WorkspaceRunner(workspaces).StateAsync(workspace, cancellationToken).ConfigureAwait(false);
        var shown = WorkspaceJson.From(workspace, state);
        global.Results(parsed).Write(shown, CliJson.Indented.WorkspaceJson, () => WorkspaceText.Describe(shown), () => shown.State);
        return 0;
    }
}
