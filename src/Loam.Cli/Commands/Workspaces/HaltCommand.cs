using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;
using Loam.Machines;

namespace Loam.Cli.Commands;

/// <summary><c>loam halt</c>: shuts a guest down.</summary>
internal sealed class HaltCommand(GlobalOptions global)
{
    private readonly WorkspaceArgument _workspace = new(global);

    private readonly Option<double> _timeout = new("--timeout")
    {
        Description = "How long to wait for the guest to stop",
        HelpName = "seconds",
        DefaultValueFactory = _ => 60,
        CustomParser = Numbers.Seconds,
    };

    public static LoamCommand Create(GlobalOptions global)
    {
        var halt = new HaltCommand(global);
        return new LoamCommand("halt", "Shut down a running workspace: end its programs and unmount its disk", halt.RunAsync)
        {
            halt._workspace, halt._timeout,
        }.WithExamples("loam halt research", "loam halt research --timeout 10 || loam kill research");
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var (workspaces, workspace) = _workspace.Open(parsed);
        await new WorkspaceRunner(workspaces).HaltAsync(workspace, TimeSpan.FromSeconds(parsed.GetValue(_timeout)), cancellationToken).ConfigureAwait(false);
        WorkspaceText.WriteChange(global.Results(parsed), workspace, "halted");
        return 0;
    }
}
