using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;
using Loam.Machines;

namespace Loam.Cli.Commands;

/// <summary><c>loam ls</c>: the workspaces.</summary>
internal sealed class WorkspaceListCommand(GlobalOptions global)
{
    public static LoamCommand Create(GlobalOptions global) =>
        new LoamCommand("ls", "List the workspaces", new WorkspaceListCommand(global).RunAsync).WithExamples("loam ls", "loam ls -q", "loam ls --json");

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var store = new WorkspaceStore(global.OpenStore(parsed));
        var runner = new WorkspaceRunner(store);
        var workspaces = new List<WorkspaceJson>();
        foreach (var workspace in store.List())
        {
            var state = await runner.StateAsync(workspace, cancellationToken).ConfigureAwait(false);

            // The disk of a `run` that has ended is about to be deleted.
            if (state != WorkspaceState.Stopped || !workspace.Record.Throwaway)
            {
                workspaces.Add(WorkspaceJson.From(workspace, state));
            }
        }

        global.Results(parsed).Write(
            new WorkspaceListJson(workspaces),
            CliJson.Indented.WorkspaceListJson,
            () => WorkspaceText.Describe(workspaces),
            () => string.Join('\n', workspaces.Select(workspace => workspace.Name)));
        return 0;
    }
}
