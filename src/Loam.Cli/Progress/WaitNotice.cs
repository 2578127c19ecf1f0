namespace Loam.Cli.Progress;

/// <summary>Says that a command waits for another, and for what.</summary>
/// <param name="tell">Writes a line for the user.</param>
internal sealed class WaitNotice(Action<string> tell) : IProgress<StoreWait>
{
    /// <summary>The line for the user.</summary>
    public static string Text(StoreWait wait) => $"loam: waiting for another command that holds {wait.LockPath}";

    public void Report(StoreWait value) => tell(Text(value));
}
