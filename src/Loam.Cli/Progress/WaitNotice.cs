namespace Loam.Cli;

/// <summary>Says on stderr that a command waits for another, and for what.</summary>
internal sealed class WaitNotice : IProgress<StoreWait>
{
    public void Report(StoreWait value) => Console.Error.WriteLine($"loam: waiting for another command, which holds {value.LockPath}");
}
