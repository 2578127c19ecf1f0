namespace Loam.Cli.Progress;

/// <summary>Says that a command waits for another, and for what.</summary>
/// <param name="tell">Writes a line for the user.</param>
internal sealed class WaitNotice(Action<string> tell) : IProgress<StoreWait>
{
    public void Report(StoreWait value) => tell($"loam: waiting for another command that holds {value.LockPath}");
}
