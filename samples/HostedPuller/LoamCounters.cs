using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace HostedPuller;

/// <summary>
/// Adds up the counters of the meter <c>Loam</c>. With OpenTelemetry, <c>AddMeter("Loam")</c> and <c>AddSource("Loam")</c> are all it takes.
/// </summary>
internal sealed class LoamCounters : IDisposable
{
    private readonly ConcurrentDictionary<string, long> _sums = new();
    private readonly MeterListener _listener = new();

    public LoamCounters()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == "Loam")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => _sums.AddOrUpdate(instrument.Name, value, (_, sum) => sum + value));
        _listener.Start();
    }

    /// <summary>The sum of a counter; 0 as long as nothing was counted.</summary>
    public long this[string counter] => _sums.GetValueOrDefault(counter);

    public void Dispose() => _listener.Dispose();
}
