using System.CommandLine;

namespace Loam.Cli;

/// <summary>A command's own <c>--format</c>, which goes before the global choice of output.</summary>
internal static class Formatting
{
    public static Option<string?> Option(params string[] values)
    {
        var option = new Option<string?>("--format") { Description = $"Print the result as {string.Join(" or ", values)}" };
        option.AcceptOnlyFromAmong(values);
        return option;
    }

    public static bool WantsJson(ParseResult parsed, Option<string?> format, GlobalOptions global) =>
        parsed.GetValue(format) is { } asked ? asked == "json" : global.WantsJson(parsed);
}
