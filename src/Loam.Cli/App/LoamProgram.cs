using System.CommandLine;
using Loam.Cli.Commands;
using Loam.Cli.Guest;
using Loam.Cli.Options;
using Loam.Cli.Output;

namespace Loam.Cli.App;

/// <summary>From arguments to an exit code. Every failure of every command ends here.</summary>
internal static class LoamProgram
{
    /// <summary>How long a command may take to clean up after Ctrl-C.</summary>
    private static readonly TimeSpan TerminationTimeout = TimeSpan.FromSeconds(10);

    public static Task<int> RunAsync(string[] args) => RunAsync(args, new GlobalOptions(), Console.Error);

    /// <summary>Runs a command line.</summary>
    /// <param name="args">Its words.</param>
    /// <param name="global">The options of every command.</param>
    /// <param name="stderr">Where a failure goes.</param>
    /// <returns>The exit code.</returns>
    internal static async Task<int> RunAsync(string[] args, GlobalOptions global, TextWriter stderr)
    {
        var root = CommandTree.Create(global);
        var parsed = root.Parse(GuestArguments.Separate(root, args));
        try
        {
            if (UsageError.Of(parsed) is { } error)
            {
                throw error;
            }

            var configuration = new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                // A command in front of a guest's program hands signals on, and ends when that does.
                ProcessTerminationTimeout = GuestArguments.IsFor(parsed.CommandResult.Command) ? null : TerminationTimeout,
            };
            return await parsed.InvokeAsync(configuration).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // The one place where what nobody foresaw becomes a message and an exit code.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return new FailureWriter(global.WantsEnvelope(parsed), parsed.Has(global.Verbose), stderr).Write(e);
        }
    }
}
