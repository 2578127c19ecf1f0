using System.CommandLine;
using Loam.Cli.Guest;
using Loam.Cli.Options;
using Loam.Cli.Output;
using Loam.Machines;

namespace Loam.Cli.Commands;

/// <summary><c>loam start</c>: boots a workspace and runs its program.</summary>
internal sealed class StartCommand(GlobalOptions global)
{
    private readonly WorkspaceArgument _workspace = new(global);

    private readonly Option<bool> _detach = new("--detach", "-d")
    {
        Description = "Leave the machine running until `loam halt` or `loam kill`; see `loam exec` and `loam logs`",
    };

    private readonly ProgramOptions _program = new("What to run instead of the image's command", ArgumentArity.ZeroOrMore);

    public static LoamCommand Create(GlobalOptions global)
    {
        var start = new StartCommand(global);
        return new LoamCommand("start", "Boot a workspace and run its program; halt when the program ends", start.RunAsync)
        {
            start._workspace, start._program.Command, start._detach, start._program,
        }.WithExamples(
            "loam start research                      # its program, or a shell, on this terminal",
            "loam start -d research                   # leave it running",
            "loam start research --exec 'make test'");
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var foreground = new Foreground(cancellationToken);
        var (workspaces, workspace) = _workspace.Open(parsed);
        var runner = new WorkspaceRunner(workspaces);
        if (!parsed.GetValue(_detach))
        {
            return await runner.RunAsync(
                workspace, record => _program.Of(parsed, record), foreground.Conversation, foreground.Stopped).ConfigureAwait(false);
        }

        await runner.StartDetachedAsync(workspace, record => _program.OfDetached(parsed, record), foreground.Stopped).ConfigureAwait(false);
        global.Results(parsed).Write(
            WorkspaceJson.From(workspace, WorkspaceState.Running), CliJson.Indented.WorkspaceJson, () => $"{workspace.Name}: running", () => "");
        return 0;
    }
}
