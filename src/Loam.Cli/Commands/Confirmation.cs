using System.CommandLine;

namespace Loam.Cli.Commands;

/// <summary>Asks before something is deleted for good.</summary>
internal static class Confirmation
{
    public static Option<bool> Option() => new("--yes", "-y") { Description = "Do not ask" };

    public static Option<bool> DryRunOption() => new("--dry-run", "-n") { Description = "Say only what would happen" };

    /// <summary>Asks on the terminal; refuses where there is none, and where an agent sits at it.</summary>
    /// <param name="what">What would happen: a clause without a subject.</param>
    /// <param name="agent">Whether nobody could answer.</param>
    /// <exception cref="LoamException"><see cref="ErrorCodes.NeedsConfirmation"/>.</exception>
    public static void Demand(string what, bool agent)
    {
        if (agent || Console.IsInputRedirected || Console.IsErrorRedirected)
        {
            throw new LoamException(ErrorCodes.NeedsConfirmation, $"this would {what}");
        }

        Console.Error.Write($"This will {what}. Go on? [y/N] ");
        if (Console.In.ReadLine()?.Trim() is not ("y" or "Y" or "yes" or "Yes" or "YES"))
        {
            throw new LoamException(ErrorCodes.NeedsConfirmation, "nothing was deleted") { Hint = "Answer y to go on." };
        }
    }
}
