using System.CommandLine;
using System.CommandLine.Parsing;

namespace Loam.Cli.Options;

/// <summary>Options and arguments that take one of a few words.</summary>
internal static class Choices
{
    public static T OneOf<T>(this T option, params string[] words)
        where T : Option
    {
        option.Validators.Add(result => Check(result, option.Name, words));
        option.CompletionSources.Add(words);
        return option;
    }

    public static Argument<string> OneOf(this Argument<string> argument, params string[] words)
    {
        argument.Validators.Add(result => Check(result, argument.Name, words));
        argument.CompletionSources.Add(words);
        return argument;
    }

    /// <summary>Words as a sentence has them: <c>bash, zsh or fish</c>.</summary>
    public static string Join(params IReadOnlyList<string> words) =>
        words.Count == 1 ? words[0] : $"{string.Join(", ", words.SkipLast(1))} or {words[^1]}";

    private static void Check(SymbolResult result, string name, string[] words)
    {
        if (result.Tokens.FirstOrDefault(token => !words.Contains(token.Value, StringComparer.Ordinal)) is { } wrong)
        {
            result.AddError($"{name} takes {Join(words)}, not \"{wrong.Value}\"");
        }
    }
}
