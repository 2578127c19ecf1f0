namespace Loam.Progress;

/// <summary>What one operation tells its listener: in one order, bearing the operation, and each step of each layer no
/// more often than eight times a second. A step's first and its last report are always passed on, so that a layer, of which two
/// steps at most are under way at once, is reported less than twenty times a second.</summary>
internal sealed class OperationProgress : IProgress<WorkProgress>, IProgress<StoreWait>
{
    /// <summary>The time between two words of one step.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(125);

    private readonly Lock _telling = new();
    private readonly Dictionary<(WorkPhase Phase, int? Layer, Digest? Digest), (long Done, long Total, long At)> _told = [];
    private readonly IProgress<WorkProgress> _listener;
    private readonly WorkOperation _operation;
    private readonly TimeProvider _time;
    private int? _layers;

    private OperationProgress(IProgress<WorkProgress> listener, WorkOperation operation, TimeProvider time)
    {
        _listener = listener;
        _operation = operation;
        _time = time;
    }

    /// <summary>Begins to tell of an operation.</summary>
    /// <param name="listener">Receives the reports; null for none. An operation that is part of another reports as that one.</param>
    /// <param name="name">What is done.</param>
    /// <param name="subject">What it is done to.</param>
    /// <param name="time">The clock; null for the system's.</param>
    public static OperationProgress? Start(IProgress<WorkProgress>? listener, string name, string subject, TimeProvider? time = null) =>
        listener is null
            ? null
            : listener as OperationProgress ?? new OperationProgress(listener, new WorkOperation(name, subject), time ?? TimeProvider.System);

    /// <inheritdoc/>
    public void Report(WorkProgress value)
    {
        lock (_telling)
        {
            _layers = value.Layers ?? _layers;
            var step = (value.Phase, value.Layer, value.Digest);
            var now = _time.GetTimestamp();
            if (_told.TryGetValue(step, out var last) && value.Wait is null)
            {
                var isNews = (last.Done, last.Total) != (value.Done, value.Total);
                var isDue = value.Done >= value.Total || _time.GetElapsedTime(last.At, now) >= Interval;
                if (!isNews || !isDue)
                {
                    return;
                }
            }

            _told[step] = (value.Done, value.Total, now);
            _listener.Report(value with { Operation = _operation, Layers = _layers });
        }
    }

    /// <inheritdoc/>
    public void Report(StoreWait value) => Report(new WorkProgress(WorkPhase.Wait, null, null, 0, 0) { Wait = value });
}
