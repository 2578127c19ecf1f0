namespace Loam.Cli.Progress;

/// <summary>Shows how far work has come, on stderr: bars on a terminal, plain lines elsewhere, or nothing.</summary>
internal abstract class ProgressDisplay
{
    /// <summary>Shows nothing.</summary>
    public static ProgressDisplay None { get; } = new NoProgress();

    /// <summary>Runs work while showing its progress.</summary>
    public abstract Task<T> RunAsync<T>(Func<IProgress<WorkProgress>?, Task<T>> work);

    /// <summary>What a layer is called: <c>layer 2 4ac69b16ffde</c>.</summary>
    protected static string NameOf(WorkProgress step) => $"layer {step.Layer + 1} {step.Digest?.Hex[..12]}";

    private sealed class NoProgress : ProgressDisplay
    {
        public override Task<T> RunAsync<T>(Func<IProgress<WorkProgress>?, Task<T>> work) => work(null);
    }
}
