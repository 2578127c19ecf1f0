using System.CommandLine;
using Loam.Cli.Guest;
using Loam.Cli.Options;
using Loam.Cli.Output;
using Loam.Machines;

namespace Loam.Cli.Commands;

/// <summary>The commands that put this program in front of a guest's: <c>run</c>, <c>start</c>, <c>exec</c>.</summary>
internal static class GuestCommands
{
    public static Command Run(GlobalOptions global)
    {
        var image = new Argument<string>("image") { Description = "The image; pulled if it is not here" };
        var keep = new Option<bool>("--keep") { Description = "Keep the machine's disk as a workspace" };
        var name = new Option<string?>("--name") { Description = "The name of the workspace that is kept", HelpName = "name" };
        var program = new ProgramSettings();
        var settings = new WorkspaceSettings(global);
        var command = new Command("run", "Run a program in a machine of its own, which is thrown away afterwards") { image, program.Command, keep, name };
        program.AddTo(command);
        settings.AddMachineTo(command);
        settings.Registry.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var foreground = new Foreground(cancellationToken);
            var store = global.OpenStore(parsed);
            var workspaces = new WorkspaceStore(store);
            var runner = new WorkspaceRunner(workspaces);
            var found = await settings.FindOrPullAsync(parsed, store, parsed.GetValue(image)!, foreground.Stopped).ConfigureAwait(false);
            var options = settings.Read(parsed);
            if (!parsed.GetValue(keep) && parsed.GetValue(name) is null)
            {
                return await runner.RunThrowawayAsync(found, record => program.Of(parsed, record), foreground.Conversation, options, foreground.Stopped).ConfigureAwait(false);
            }

            var (workspace, _) = await workspaces.CreateAsync(parsed.GetValue(name) ?? WorkspaceName.Generate(), found, options, progress: null, foreground.Stopped).ConfigureAwait(false);
            var code = await runner.RunAsync(workspace, record => program.Of(parsed, record), foreground.Conversation, foreground.Stopped).ConfigureAwait(false);
            if (!parsed.GetValue(global.Quiet))
            {
                await Console.Error.WriteLineAsync($"loam: kept as workspace {workspace.Name}").ConfigureAwait(false);
            }

            return code;
        });
        return command;
    }

    public static Command Start(GlobalOptions global)
    {
        var name = WorkspaceCommand.NameArgument();
        var detach = new Option<bool>("--detach", "-d") { Description = "Leave the machine running, until it is halted or killed; see `loam exec` and `loam logs`" };
        var program = new ProgramSettings();
        var command = new Command("start", "Boot a workspace and run its program; halt when that ends") { name, program.Command, detach };
        program.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var foreground = new Foreground(cancellationToken);
            var workspaces = new WorkspaceStore(global.OpenStore(parsed));
            var runner = new WorkspaceRunner(workspaces);
            var workspace = workspaces.Get(parsed.GetValue(name)!);
            if (!parsed.GetValue(detach))
            {
                return await runner.RunAsync(workspace, record => program.Of(parsed, record), foreground.Conversation, foreground.Stopped).ConfigureAwait(false);
            }

            await runner.StartDetachedAsync(workspace, record => program.OfDetached(parsed, record), foreground.Stopped).ConfigureAwait(false);
            new Results(global.WantsJson(parsed), parsed.GetValue(global.Quiet)).Write(
                WorkspaceJson.From(workspace, WorkspaceState.Running), CliJson.Indented.WorkspaceJson, () => $"{workspace.Name}: running", () => "");
            return 0;
        });
        return command;
    }

    public static Command Exec(GlobalOptions global)
    {
        var name = WorkspaceCommand.NameArgument();
        var program = new ProgramSettings();
        program.Command.Arity = ArgumentArity.OneOrMore;
        var command = new Command("exec", "Run a program in a running workspace") { name, program.Command };
        command.Options.Add(program.User);
        command.Options.Add(program.Workdir);
        command.Options.Add(program.Env);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var foreground = new Foreground(cancellationToken);
            var workspaces = new WorkspaceStore(global.OpenStore(parsed));
            var workspace = workspaces.Get(parsed.GetValue(name)!);
            return await new WorkspaceRunner(workspaces).ExecuteAsync(
                workspace, program.Exactly(parsed, workspace.Record), foreground.Conversation, foreground.Stopped).ConfigureAwait(false);
        });
        return command;
    }
}

/// <summary>What runs in a guest: the image's own program, or what the command line says.</summary>
internal sealed class ProgramSettings
{
    private const string Shell = "/bin/sh";

    public Argument<string[]> Command { get; } = new("command") { Description = "What to run instead of the image's command", Arity = ArgumentArity.ZeroOrMore };

    public Option<string?> ShellCommand { get; } = new("--exec") { Description = "A shell command to run instead of the image's program", HelpName = "command" };

    public Option<string?> Entrypoint { get; } = new("--entrypoint") { Description = "The program to run instead of the image's entry point; empty for none", HelpName = "path" };

    public Option<string?> User { get; } = new("--user", "-u") { Description = "The user, or user:group, by the guest's names or numbers (default: the image's)", HelpName = "user" };

    public Option<string?> Workdir { get; } = new("--workdir", "-w") { Description = "The folder to start in (default: the image's)", HelpName = "path" };

    public Option<string[]> Env { get; } = new("--env", "-e") { Description = "A variable for the program; may be repeated", HelpName = "NAME=value" };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { ShellCommand, Entrypoint, User, Workdir })
        {
            command.Options.Add(option);
        }

        command.Validators.Add(result =>
        {
            if (result.GetValue(ShellCommand) is not null && result.GetValue(Command) is { Length: > 0 })
            {
                result.AddError("--exec and a command exclude each other");
            }
        });
    }

    /// <summary>The program of a machine: image's entry point and command unless told otherwise, else a shell.</summary>
    public GuestProgram Of(ParseResult parsed, WorkspaceRecord workspace) =>
        With(parsed, workspace, Words(parsed, workspace) is { Count: > 0 } words ? words : [Shell]);

    /// <summary>The same, but none where nothing was named.</summary>
    public GuestProgram? OfDetached(ParseResult parsed, WorkspaceRecord workspace) =>
        Words(parsed, workspace) is { Count: > 0 } words ? With(parsed, workspace, words) : null;

    /// <summary>The command line as it stands.</summary>
    public GuestProgram Exactly(ParseResult parsed, WorkspaceRecord workspace)
    {
        var program = With(parsed, workspace, parsed.GetValue(Command)!);
        return program with { Env = [.. program.Env, .. parsed.GetValue(Env) ?? []] };
    }

    private IReadOnlyList<string> Words(ParseResult parsed, WorkspaceRecord workspace)
    {
        if (parsed.GetValue(ShellCommand) is { } command)
        {
            return [Shell, "-c", command];
        }

        var given = parsed.GetValue(Command) ?? [];
        var entrypoint = parsed.GetValue(Entrypoint) switch
        {
            null => workspace.Config.Entrypoint ?? [],
            "" => [],
            var program => [program],
        };

        // An image's command is made for its own entry point.
        var arguments = given.Length > 0 ? given : parsed.GetValue(Entrypoint) is null ? workspace.Config.Cmd ?? [] : [];
        return [.. entrypoint, .. arguments];
    }

    private GuestProgram With(ParseResult parsed, WorkspaceRecord workspace, IReadOnlyList<string> command)
    {
        var program = workspace.ProgramOf(command);
        if (RawTerminal.IsThere)
        {
            program = program with { Env = [$"TERM={Environment.GetEnvironmentVariable("TERM") ?? "xterm"}", .. program.Env] };
        }

        return program with
        {
            User = parsed.GetValue(User) ?? program.User,
            Folder = parsed.GetValue(Workdir) ?? program.Folder,
        };
    }
}
