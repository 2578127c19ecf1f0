using Spectre.Console;

namespace Loam.Cli.Progress;

/// <summary>Says on stderr that a command waits for another, and for what.</summary>
internal sealed class WaitNotice(Func<IAnsiConsole> terminal) : IProgress<StoreWait>
{
    public void Report(StoreWait value)
    {
        var notice = $"loam: waiting for another command that holds {value.LockPath}";
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
