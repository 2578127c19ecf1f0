using System.CommandLine;

namespace Loam.Cli.Commands;

/// <summary>Asks before something is deleted for good.</summary>
internal static class Confirmation
{
    public static Option<bool> YesOption() => new("--yes", "-y") { Description = "Do not ask for confirmation" };

    public static Option<bool> DryRunOption() => new("--dry-run", "-n") { Description = "Show what would be removed, and remove nothing" };

    /// <summary>Asks on the terminal; refuses where there is none, and in the mode for agents.</summary>
    /// <param name="what">What would be done: a clause that begins with its verb.</param>
    /// <param name="agent">Whether the command runs for an agent.</param>
    /// <exception cref="LoamException"><see cref="ErrorCodes.NeedsConfirmation"/>.</exception>
    public static void Demand(string what, bool agent)
    {
        if (agent || Console.IsInputRedirected || Console.IsErrorRedirected)
        {
            throw new LoamException(ErrorCodes.NeedsConfirmation, $"this would {what}");
        }

        Ask(what, Console.In, Console.Error);
    }

    /// <summary>Asks, and goes on only after a yes.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.NeedsConfirmation"/> after any other answer.</exception>
    internal static void Ask(string what, TextReader answers, TextWriter terminal)
    {
        terminal.Write($"{char.ToUpperInvariant(what[0])}{what[1..]}? [y/N] ");
        if (answers.ReadLine()?.Trim().ToUpperInvariant() is not ("Y" or "YES"))
        {
            throw new LoamException(ErrorCodes.NeedsConfirmation, "cancelled; nothing was deleted") { Hint = "Answer y to confirm." };
        }
    }
}
