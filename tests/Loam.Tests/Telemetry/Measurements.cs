using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Loam.Tests;

/// <summary>Everything that Loam measures and traces in this process while it exists; other tests measure too.</summary>
internal sealed class Measurements : IDisposable
{
    private readonly ConcurrentQueue<(string Name, double Value, Dictionary<string, object?> Tags)> _values = new();
    private readonly ConcurrentQueue<Activity> _spans = new();
    private readonly MeterListener _meters = new();
    private readonly ActivityListener _activities;

    public Measurements()
    {
        _meters.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == LoamTelemetry.Name)
            {
                Instruments.Add((instrument.Name, instrument.Unit ?? ""));
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _meters.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _meters.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        _meters.Start();
        _activities = new ActivityListener
        {
            ShouldListenTo = source => source.Name == LoamTelemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = _spans.Enqueue,
        };
        ActivitySource.AddActivityListener(_activities);
    }

    public List<(string Name, string Unit)> Instruments { get; } = [];

    public IEnumerable<Activity> Spans(string subject) => _spans.Where(span => subject.Equals(span.GetTagItem("loam.subject")));

    public double Sum(string instrument, string tag = "", object? value = null) => Of(instrument, tag, value).Sum(one => one.Value);

    public IEnumerable<(string Name, double Value, Dictionary<string, object?> Tags)> Of(string instrument, string tag = "", object? value = null) =>
        _values.Where(one => one.Name == instrument && (tag.Length == 0 || Equals(one.Tags.GetValueOrDefault(tag), value)));

    public void Dispose()
    {
        _meters.Dispose();
        _activities.Dispose();
    }

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        _values.Enqueue((instrument.Name, value, new Dictionary<string, object?>(tags.ToArray())));
}
