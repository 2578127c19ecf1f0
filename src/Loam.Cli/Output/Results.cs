using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Loam.Cli.Output;

/// <summary>What a command prints on stdout, and how.</summary>
/// <param name="json">As JSON.</param>
/// <param name="quiet">Only the essential, if not as JSON.</param>
/// <param name="stdout">Where it goes; null for the process's own.</param>
internal sealed class Results(bool json, bool quiet, Stream? stdout = null)
{
    private const int BufferBytes = 64 << 10;

    /// <summary>Prints a result in the form that the user wants.</summary>
    /// <param name="value">The result as JSON.</param>
    /// <param name="type">Its shape.</param>
    /// <param name="text">The result as text.</param>
    /// <param name="essential">The one thing a script wants, for <c>--quiet</c>.</param>
    public void Write<T>(T value, JsonTypeInfo<T> type, Func<string> text, Func<string> essential) =>
        Write(() => value, type, output => WriteLine(output, text()), output => WriteLine(output, essential()));

    /// <summary>The same for long results: only the wanted form is made, and as it is printed.</summary>
    public void Write<T>(Func<T> value, JsonTypeInfo<T> type, Action<TextWriter> text, Action<TextWriter> essential)
    {
        // In large pieces: the console's own writer would send a line or two at a time.
        using var output = new BufferedStream(stdout ?? Console.OpenStandardOutput(), BufferBytes);
        if (json)
        {
            JsonSerializer.Serialize(output, value(), type);
            output.Write("\n"u8);
            return;
        }

        using var writer = new StreamWriter(output);
        (quiet ? essential : text)(writer);
    }

    private static void WriteLine(TextWriter output, string text)
    {
        if (text.Length > 0)
        {
            output.Write(text);
            output.Write('\n');
        }
    }
}
