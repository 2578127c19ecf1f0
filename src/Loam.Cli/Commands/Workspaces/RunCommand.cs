using System.CommandLine;
using Loam.Cli.Guest;
using Loam.Cli.Options;
using Loam.Cli.Output;
using Loam.Machines;

namespace Loam.Cli.Commands;

/// <summary><c>loam run</c>: a program in a machine of its own.</summary>
internal sealed class RunCommand(GlobalOptions global)
{
    private readonly Argument<string> _image = new("image") { Description = "The image; pulled if it is not in the store" };
    private readonly Option<bool> _keep = new("--keep") { Description = "Keep the machine's disk as a workspace" };
    private readonly Option<string?> _name = new("--name") { Description = "Keep the machine's disk as a workspace of this name", HelpName = "name" };
    private readonly ProgramOptions _program = new("What to run instead of the image's command", ArgumentArity.ZeroOrMore);
    private readonly MachineOptions _machine = new();
    private readonly RegistryAccessOptions _registry = new(global);

    public static LoamCommand Create(GlobalOptions global)
    {
        var run = new RunCommand(global);
        return new LoamCommand("run", "Run a program in a machine of its own, which is discarded afterwards", run.RunAsync)
        {
            run._image, run._program.Command, run._keep, run._name, run._program, run._machine, run._registry,
        }.WithExamples(
            "loam run alpine echo hello",
            "loam run -q alpine sh -c 'cat /etc/os-release; exit 3'",
            "echo data | loam run alpine -- wc -c",
            "loam run --keep --name try ubuntu:24.04  # a shell; its disk is kept as workspace try");
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var foreground = new Foreground(cancellationToken);
        var store = global.OpenStore(parsed);
        var workspaces = new WorkspaceStore(store);
        var runner = new WorkspaceRunner(workspaces);
        var image = await new ImageFinder(global, _registry).FindOrPullAsync(parsed, store, parsed.GetValue(_image)!, foreground.Stopped).ConfigureAwait(false);
        var options = _machine.Read(parsed);
        if (!parsed.GetValue(_keep) && parsed.GetValue(_name) is null)
        {
            return await runner.RunThrowawayAsync(
                image, record => _program.Of(parsed, record), foreground.Conversation, options, foreground.Stopped).ConfigureAwait(false);
        }

        var name = parsed.GetValue(_name) ?? WorkspaceName.Generate();
        var (workspace, _) = await workspaces.CreateAsync(name, image, options, progress: null, foreground.Stopped).ConfigureAwait(false);
        var code = await runner.RunAsync(workspace, record => _program.Of(parsed, record), foreground.Conversation, foreground.Stopped).ConfigureAwait(false);
        if (!parsed.GetValue(global.Quiet))
        {
            await Notices.TellAsync($"kept as workspace {workspace.Name}").ConfigureAwait(false);
        }

        return code;
    }
}
