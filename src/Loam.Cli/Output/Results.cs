using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Loam.Cli;

/// <summary>What a command prints on stdout, and how.</summary>
internal sealed class Results(bool json, bool quiet)
{
    private const int BufferBytes = 64 << 10;

    /// <summary>Whether results are JSON.</summary>
    public bool Json => json;

    /// <summary>Prints a result in the form that was asked for.</summary>
    /// <param name="value">The result as JSON.</param>
    /// <param name="type">Its shape.</param>
    /// <param name="text">The result as text.</param>
    /// <param name="essential">The one thing a script wants, for <c>--quiet</c>.</param>
    public void Write<T>(T value, JsonTypeInfo<T> type, Func<string> text, Func<string> essential) => Write(() => value, type, text, essential);

    /// <summary>The same for a result whose JSON takes time to make.</summary>
    public void Write<T>(Func<T> value, JsonTypeInfo<T> type, Func<string> text, Func<string> essential)
    {
        // In one piece: the console's own writer would send a line or two at a time.
        using var output = new BufferedStream(Console.OpenStandardOutput(), BufferBytes);
        if (json)
        {
            JsonSerializer.Serialize(output, value(), type);
            output.Write("\n"u8);
        }
        else if ((quiet ? essential() : text()) is { Length: > 0 } shown)
        {
            output.Write(Encoding.UTF8.GetBytes(shown));
            output.Write("\n"u8);
        }
    }
}
