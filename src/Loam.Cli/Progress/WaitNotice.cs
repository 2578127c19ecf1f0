using Spectre.Console;

namespace Loam.Cli.Progress;

/// <summary>Says on stderr that a command waits for another, and for what.</summary>
internal sealed class WaitNotice(Func<IAnsiConsole> terminal) : IProgress<StoreWait>
{
    public static string Text(StoreWait wait) => $"loam: waiting for another command, which holds {wait.LockPath}";

    public void Report(StoreWait value)
    {
        var notice = Text(value);
        if (Console.IsErrorRedirected)
        {
            Console.Error.WriteLine(notice);
        }
        else
        {
            terminal().WriteLine(notice);
        }
    }
}
