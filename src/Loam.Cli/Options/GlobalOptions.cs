using System.CommandLine;
using Loam.Cli.Output;
using Loam.Cli.Progress;
using Spectre.Console;

namespace Loam.Cli.Options;

/// <summary>The options that every command takes, before the verb or after it.</summary>
/// <param name="environment">Looks variables up; null for the process's own.</param>
/// <param name="stdout">Where results go; null for the process's own.</param>
internal sealed class GlobalOptions(Func<string, string?>? environment = null, Stream? stdout = null) : IOptionGroup
{
    private readonly Func<string, string?> _environment = environment ?? Environment.GetEnvironmentVariable;
    private IAnsiConsole? _terminal;

    public Option<bool> Json { get; } = new("--json") { Description = "Print results as JSON", Recursive = true };

    public Option<bool> Text { get; } = new("--text") { Description = "Print results as text", Recursive = true };

    public Option<string?> Output { get; } = Choice("--output", "Print results as json or text ($LOAM_OUTPUT)", "json", "text");

    public Option<string?> Mode { get; } =
        Choice("--mode", "Print for people (ux), or for agents (ax): results and failures as JSON ($LOAM_MODE)", "ux", "ax");

    public Option<string?> StateDir { get; } = new("--state-dir")
    {
        Description = "The folder for images, disks and workspaces ($LOAM_HOME, else ~/.loam)",
        HelpName = "dir",
        Recursive = true,
    };

    public Option<bool> Quiet { get; } = new("--quiet", "-q") { Description = "Print only the essential, without progress", Recursive = true };

    public Option<bool> Verbose { get; } = new("--verbose") { Description = "Log each step, and print stack traces of failures", Recursive = true };

    public Option<bool> NoColor { get; } = new("--no-color") { Description = "Use no colours ($NO_COLOR)", Recursive = true };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { Json, Text, Output, Mode, StateDir, Quiet, Verbose, NoColor })
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Where a command prints its results, in the form the user wants.</summary>
    public Results Results(ParseResult parsed) => new(WantsJson(parsed), parsed.GetValue(Quiet), stdout);

    /// <summary>Whether results are to be JSON: the command's own format first, then flags, the mode, the environment.</summary>
    public bool WantsJson(ParseResult parsed)
    {
        if (parsed.CommandResult.Command.Options.OfType<FormatOption>().SingleOrDefault() is { } own && parsed.GetValue(own) is { } asked)
        {
            return asked == "json";
        }

        if (WantsEnvelope(parsed) || parsed.GetValue(Json))
        {
            return true;
        }

        var output = parsed.GetValue(Output) ?? (parsed.GetValue(Text) ? "text" : _environment("LOAM_OUTPUT"));
        return output == "json";
    }

    /// <summary>Whether to show work that is under way.</summary>
    private bool ShowsProgress(ParseResult parsed) => !WantsJson(parsed) && !parsed.GetValue(Quiet);

    /// <summary>Opens the store. When a command must wait for others that use it, that is said on stderr.</summary>
    public ImageStore OpenStore(ParseResult parsed) =>
        ImageStore.Open(parsed.GetValue(StateDir), waits: ShowsProgress(parsed) ? new WaitNotice(notice => Tell(parsed, notice)) : null);

    /// <summary>What shows a command's progress: bars on a terminal, lines elsewhere, or nothing.</summary>
    public ProgressDisplay Display(ParseResult parsed) =>
        !ShowsProgress(parsed) ? ProgressDisplay.None
        : Console.IsErrorRedirected ? new ProgressLines(Console.Error)
        : new ProgressBars(Terminal(parsed));

    private void Tell(ParseResult parsed, string notice)
    {
        if (Console.IsErrorRedirected)
        {
            Console.Error.WriteLine(notice);
        }
        else
        {
            Terminal(parsed).WriteLine(notice);
        }
    }

    /// <summary>The terminal behind stderr. There is one for bars and notices, so that they keep out of each other's way.</summary>
    private IAnsiConsole Terminal(ParseResult parsed) => _terminal ??= AnsiConsole.Create(new AnsiConsoleSettings
    {
        Out = new AnsiConsoleOutput(Console.Error),
        ColorSystem = parsed.GetValue(NoColor) ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
    });

    /// <summary>Whether failures are to be JSON envelopes. It can be asked of a command line that is wrong, too.</summary>
    public bool WantsEnvelope(ParseResult parsed) =>
        (parsed.GetResult(Mode) is { Tokens: [.., var last] } ? last.Value : _environment("LOAM_MODE")) == "ax";

    private static Option<string?> Choice(string name, string description, params string[] values) =>
        new Option<string?>(name) { Description = description, Recursive = true }.OneOf(values);
}
