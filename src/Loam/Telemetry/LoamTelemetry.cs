namespace Loam;

/// <summary>The names under which Loam tells what it does, for OpenTelemetry and other listeners; <c>docs/telemetry.md</c> lists
/// the spans, the instruments and the events of the log.</summary>
/// <example>
/// <code>
/// using var listener = new System.Diagnostics.Metrics.MeterListener();
/// listener.InstrumentPublished = (instrument, self) =>
/// {
///     if (instrument.Meter.Name == LoamTelemetry.Name)
///     {
///         self.EnableMeasurementEvents(instrument);
///     }
/// };
/// </code>
/// </example>
public static class LoamTelemetry
{
    /// <summary>The name of the <see cref="System.Diagnostics.ActivitySource"/> and of the
    /// <see cref="System.Diagnostics.Metrics.Meter"/>.</summary>
    public const string Name = "Loam";
}
