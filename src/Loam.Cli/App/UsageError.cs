using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;

namespace Loam.Cli.App;

/// <summary>What is wrong with a command line, in one line that names the word to change.</summary>
internal static class UsageError
{
    /// <summary>The first thing that is wrong.</summary>
    /// <returns>Null where the command line can be run.</returns>
    public static LoamException? Of(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        if (parsed.Action is not ParseErrorAction && !ReferenceEquals(parsed.Action, command.Action))
        {
            return null;
        }

        var (message, meant) = WordOfGroup(parsed)
            ?? UnknownOption(parsed)
            ?? (parsed.Action is ParseErrorAction ? (Describe(parsed), null) : default((string?, string?)));
        return message is null ? null : new LoamException(ErrorCodes.Usage, message)
        {
            Hint = $"{(meant is null ? "" : $"Did you mean '{meant}'? ")}See `{PathOf(command)} --help`.",
        };
    }

    /// <summary>A word that should be one of a group's commands.</summary>
    private static (string? Message, string? Meant)? WordOfGroup(ParseResult parsed)
    {
        var commands = parsed.CommandResult.Command.Subcommands;
        return commands.Count == 0 || parsed.UnmatchedTokens is [['-', ..], ..] ? null
            : parsed.UnmatchedTokens is [var word, ..]
                ? ($"unknown command '{word}'", Spelling.Nearest(word, commands.SelectMany(known => known.Aliases.Prepend(known.Name))))
            : ("no command was given", null);
    }

    /// <summary>A word that begins with a dash is meant as an option, and never as an image or a name. What stands behind <c>--</c>
    /// may be anything.</summary>
    private static (string? Message, string? Meant)? UnknownOption(ParseResult parsed)
    {
        var unknown = parsed.Tokens.TakeWhile(token => token.Type != TokenType.DoubleDash)
            .FirstOrDefault(token => token.Type == TokenType.Argument && token.Value is ['-', _, ..] && !IsValue(parsed, token));
        if (unknown is null)
        {
            return null;
        }

        var name = unknown.Value.Split('=')[0];
        var command = parsed.CommandResult.Command;
        var known = command.Options.Concat(RootOf(command).Options).Where(option => !option.Hidden).Select(option => option.Name.TrimStart('-'));
        return ($"unknown option '{name}'", Spelling.Nearest(name.TrimStart('-'), known) is { } nearest ? $"--{nearest}" : null);
    }

    /// <summary>Whether a word is an option's value.</summary>
    private static bool IsValue(ParseResult parsed, Token word) =>
        parsed.CommandResult.Children.Concat(parsed.RootCommandResult.Children).OfType<OptionResult>()
            .Any(option => option.Tokens.Any(token => ReferenceEquals(token, word)));

    /// <summary>An option's own error comes first: an option whose value is missing takes the next word, and then another is too many.</summary>
    private static string Describe(ParseResult parsed) =>
        parsed.Errors.FirstOrDefault(error => error.SymbolResult is OptionResult or ArgumentResult { Parent: OptionResult }) is { } wrong ? Describe(wrong)
        : parsed.UnmatchedTokens is [var word, ..] ? $"unexpected argument '{word}'"
        : Describe(parsed.Errors[0]);

    private static string Describe(ParseError error) => error.SymbolResult switch
    {
        OptionResult { Implicit: true } option => $"{option.Option.Name} is required",
        OptionResult option when option.Tokens.Count > option.Option.Arity.MaximumNumberOfValues => $"{option.Option.Name} was given more than once",
        OptionResult option when option.Tokens.Count < option.Option.Arity.MinimumNumberOfValues => $"{option.Option.Name} needs a value",
        ArgumentResult argument when argument.Tokens.Count < argument.Argument.Arity.MinimumNumberOfValues => $"<{argument.Argument.Name}> is missing",
        _ => error.Message,
    };

    private static Command RootOf(Command command) => Parent(command) is { } parent ? RootOf(parent) : command;

    private static string PathOf(Command command) => Parent(command) is { } parent ? $"{PathOf(parent)} {command.Name}" : "loam";

    private static Command? Parent(Command command) => command.Parents.OfType<Command>().FirstOrDefault();
}
