namespace Loam.Cli.Output;

/// <summary>Lines on stderr that are neither results nor failures.</summary>
internal static class Notices
{
    /// <summary>Writes a line for each warning.</summary>
    public static async Task WarnAsync(IEnumerable<string> warnings)
    {
        foreach (var warning in warnings)
        {
            await TellAsync($"warning: {warning}").ConfigureAwait(false);
        }
    }

    /// <summary>Writes one line.</summary>
    public static Task TellAsync(string notice) => Console.Error.WriteLineAsync($"loam: {notice}");
}
