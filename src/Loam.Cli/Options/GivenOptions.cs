using System.CommandLine;
using System.CommandLine.Parsing;

namespace Loam.Cli.Options;

/// <summary>What the user wrote, for rules about several options. Asking for a value throws where it cannot be read, and its own
/// error has been reported by then; asking whether it was written never does.</summary>
internal static class GivenOptions
{
    /// <summary>Whether an option was written; a switch that was written as <c>--name=false</c> was not.</summary>
    public static bool Has(this SymbolResult result, Option option) =>
        result.GetResult(option) is { Implicit: false } given && !(option is Option<bool> && IsFalse(given));

    /// <summary>Whether an argument was written.</summary>
    public static bool Has(this SymbolResult result, Argument argument) => result.GetResult(argument) is { Tokens.Count: > 0 };

    /// <inheritdoc cref="Has(SymbolResult, Option)"/>
    public static bool Has(this ParseResult parsed, Option option) => parsed.RootCommandResult.Has(option);

    private static bool IsFalse(OptionResult given) =>
        given.Tokens is [.., var last] && last.Value.Equals("false", StringComparison.OrdinalIgnoreCase);
}
