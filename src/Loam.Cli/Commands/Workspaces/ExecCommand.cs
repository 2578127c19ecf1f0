using System.CommandLine;
using Loam.Cli.Guest;
using Loam.Cli.Options;
using Loam.Machines;

namespace Loam.Cli.Commands;

/// <summary><c>loam exec</c>: a program in a running workspace.</summary>
internal sealed class ExecCommand(GlobalOptions global)
{
    private readonly WorkspaceArgument _workspace = new(global);
    private readonly ProgramOptions _program = new("The program to run, and its arguments", ArgumentArity.OneOrMore);

    public static LoamCommand Create(GlobalOptions global)
    {
        var exec = new ExecCommand(global);
        return new LoamCommand("exec", "Run a program in a running workspace", exec.RunAsync)
        {
            exec._workspace, exec._program.Command, exec._program.User, exec._program.Workdir, exec._program.Env,
        }.WithExamples(
            "loam exec research -- ls -la /",
            "loam exec research --user web -- sh      # a shell on this terminal");
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var foreground = new Foreground(cancellationToken);
        var (workspaces, workspace) = _workspace.Open(parsed);
        return await new WorkspaceRunner(workspaces).ExecuteAsync(
            workspace, _program.Exactly(parsed, workspace.Record), foreground.Conversation, foreground.Stopped).ConfigureAwait(false);
    }
}
