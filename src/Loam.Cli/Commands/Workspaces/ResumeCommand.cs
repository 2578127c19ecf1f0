using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;
using Loam.Machines;

namespace Loam.Cli.Commands;

/// <summary><c>loam resume</c>: lets a paused guest continue.</summary>
internal sealed class ResumeCommand(GlobalOptions global)
{
    private readonly WorkspaceArgument _workspace = new(global);

    public static LoamCommand Create(GlobalOptions global)
    {
        var resume = new ResumeCommand(global);
        return new LoamCommand("resume", "Resume a paused workspace", resume.RunAsync) { resume._workspace }
            .WithExamples("loam resume research");
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var (workspaces, workspace) = _workspace.Open(parsed);
        await new WorkspaceRunner(workspaces).ResumeAsync(workspace, cancellationToken).ConfigureAwait(false);
        WorkspaceText.WriteChange(global.Results(parsed), workspace, "resumed");
        return 0;
    }
}
