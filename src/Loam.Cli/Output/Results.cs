using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Loam.Cli;

/// <summary>What a command prints on stdout, and how.</summary>
internal sealed class Results(bool json, bool quiet)
{
    /// <summary>Whether results are JSON.</summary>
    public bool Json => json;

    /// <summary>Prints a result in the form that was asked for.</summary>
    /// <param name="value">The result as JSON.</param>
    /// <param name="type">Its shape.</param>
    /// <param name="text">The result as text.</param>
    /// <param name="essential">The one thing a script wants, for <c>--quiet</c>.</param>
    public void Write<T>(T value, JsonTypeInfo<T> type, Func<string> text, Func<string> essential)
    {
        var shown = json ? JsonSerializer.Serialize(value, type) : quiet ? essential() : text();
        if (shown.Length > 0)
        {
            Console.Out.WriteLine(shown);
        }
    }
}
