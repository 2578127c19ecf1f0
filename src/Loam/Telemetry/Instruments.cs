using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Loam.Telemetry;

/// <summary>What Loam measures. Names and units follow OpenTelemetry's conventions: bytes are <c>By</c>, durations seconds.</summary>
internal static class Instruments
{
    private static readonly Meter s_meter = new(LoamTelemetry.Name, LoamVersion.Text);

    /// <summary>Spans of operations.</summary>
    public static readonly ActivitySource Source = new(LoamTelemetry.Name, LoamVersion.Text);

    public static readonly Counter<long> ReceivedBytes = s_meter.CreateCounter<long>(
        "loam.registry.received", "By", "Bytes of blobs that registries sent.");

    public static readonly Counter<long> SentBytes = s_meter.CreateCounter<long>(
        "loam.registry.sent", "By", "Bytes of blobs that were sent to registries.");

    public static readonly Histogram<double> RequestDuration = s_meter.CreateHistogram<double>(
        "loam.registry.request.duration", "s", "Time from a request to the headers of its answer.");

    public static readonly Counter<long> Retries = s_meter.CreateCounter<long>(
        "loam.registry.retries", "{try}", "Further tries after a failure that may pass.");

    public static readonly Counter<long> Layers = s_meter.CreateCounter<long>("loam.layers.applied", "{layer}", "Layers that were applied to a disk.");

    public static readonly Counter<long> CacheHits = s_meter.CreateCounter<long>(
        "loam.cache.hits", "{item}", "Layers and disks that were in the store already.");

    public static readonly Counter<long> CacheMisses = s_meter.CreateCounter<long>(
        "loam.cache.misses", "{item}", "Layers and disks that had to be fetched or built.");

    public static readonly Counter<long> Disks = s_meter.CreateCounter<long>("loam.disks.built", "{disk}", "Disks that were built from layers.");

    public static readonly Histogram<double> DiskDuration = s_meter.CreateHistogram<double>(
        "loam.disk.build.duration", "s", "Time to build a disk, arriving layers included.");

    public static readonly Histogram<double> WaitDuration = s_meter.CreateHistogram<double>(
        "loam.store.wait.duration", "s", "Time that a call waited for another process on the same state folder.");

    public static readonly Histogram<double> OperationDuration = s_meter.CreateHistogram<double>(
        "loam.operation.duration", "s", "Time that an operation took.");

    public static readonly Histogram<double> BootDuration = s_meter.CreateHistogram<double>(
        "loam.machine.start.duration", "s", "Time until a machine's guest was ready for orders.");

    /// <summary>A tag of a measurement: the registry that was spoken to.</summary>
    public static KeyValuePair<string, object?> Server(string host) => new("server.address", host);

    /// <summary>A tag of a measurement: what was looked for in the store.</summary>
    public static KeyValuePair<string, object?> Cached(string kind) => new("loam.cache", kind);
}
