using System.CommandLine;
using Loam.Cli.Options;
using Loam.Machines;

namespace Loam.Cli.Guest;

/// <summary>What runs in a guest: the image's own program, or what the command line says.</summary>
/// <param name="description">What the words after the name mean to the command.</param>
/// <param name="arity">How many of them there are.</param>
internal sealed class ProgramOptions(string description, ArgumentArity arity) : IOptionGroup
{
    private const string Shell = "/bin/sh";

    private readonly Option<string?> _exec = new("--exec") { Description = "A shell command to run instead of the image's program", HelpName = "command" };

    private readonly Option<string?> _entrypoint = new("--entrypoint")
    {
        Description = "The program to run instead of the image's entry point; empty for none",
        HelpName = "path",
    };

    public Argument<string[]> Command { get; } = new("command") { Description = description, Arity = arity };

    public Option<string?> User { get; } = new("--user", "-u")
    {
        Description = "The user, or user:group, by the guest's names or numbers (default: the image's)",
        HelpName = "user",
    };

    public Option<string?> Workdir { get; } = new("--workdir", "-w") { Description = "The folder to start in (default: the image's)", HelpName = "path" };

    public Option<string[]> Env { get; } = new("--env", "-e") { Description = "A variable for the program; may be repeated", HelpName = "NAME=value" };

    /// <summary>Adds the options that choose an image's program. The command itself adds <see cref="Command"/>, in its place.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _exec, _entrypoint, User, Workdir })
        {
            command.Options.Add(option);
        }

        command.Validators.Add(result =>
        {
            if (result.Has(_exec) && result.Has(Command))
            {
                result.AddError("--exec and a command cannot be combined");
            }
        });
    }

    /// <summary>The program of a machine: the image's entry point and command, unless the command line names another; else a shell.</summary>
    public GuestProgram Of(ParseResult parsed, WorkspaceRecord workspace) =>
        With(parsed, workspace, Words(parsed, workspace) is { Count: > 0 } words ? words : [Shell]);

    /// <summary>The same for a machine that nobody watches; null where neither the image nor the command line names a program.</summary>
    public GuestProgram? OfDetached(ParseResult parsed, WorkspaceRecord workspace) =>
        Words(parsed, workspace) is { Count: > 0 } words ? With(parsed, workspace, words) : null;

    /// <summary>The program that the command line names, and nothing of the image's.</summary>
    public GuestProgram Exactly(ParseResult parsed, WorkspaceRecord workspace)
    {
        var program = With(parsed, workspace, parsed.GetValue(Command)!);
        return program with { Env = [.. program.Env, .. parsed.GetValue(Env) ?? []] };
    }

    private IReadOnlyList<string> Words(ParseResult parsed, WorkspaceRecord workspace)
    {
        if (parsed.GetValue(_exec) is { } command)
        {
            return [Shell, "-c", command];
        }

        var given = parsed.GetValue(Command) ?? [];
        var entrypoint = parsed.GetValue(_entrypoint) switch
        {
            null => workspace.Config.Entrypoint ?? [],
            "" => [],
            var program => [program],
        };

        // An image's command is made for its own entry point.
        var arguments = given.Length > 0 ? given : parsed.GetValue(_entrypoint) is null ? workspace.Config.Cmd ?? [] : [];
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
