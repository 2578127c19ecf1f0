using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Loam.Telemetry;

/// <summary>The trace that one operation leaves: a span, its duration, and its lines in the log.</summary>
internal sealed partial class OperationTrace : IDisposable
{
    /// <summary>The category of the log.</summary>
    public const string Category = "Loam.Operations";

    private readonly string _name;
    private readonly string _subject;
    private readonly ILogger _logger;
    private readonly Activity? _span;
    private readonly long _start = Stopwatch.GetTimestamp();

    /// <summary>Begins the trace.</summary>
    /// <param name="name">What is done: one of few words.</param>
    /// <param name="subject">What it is done to; never a secret.</param>
    /// <param name="loggers">Makes the log.</param>
    public OperationTrace(string name, string subject, ILoggerFactory loggers)
    {
        (_name, _subject) = (name, subject);
        _logger = loggers.CreateLogger(Category);
        _span = Instruments.Source.StartActivity($"loam {name}");
        _span?.SetTag("loam.operation", name).SetTag("loam.subject", subject);
        LogStart(name, subject);
    }

    /// <summary>The operation did what it was to do.</summary>
    public void Succeed()
    {
        var elapsed = Record(error: null);
        LogEnd(_name, _subject, elapsed.TotalSeconds);
    }

    /// <summary>The operation failed, or was cancelled.</summary>
    public void Fail(Exception failure)
    {
        var error = failure switch
        {
            LoamException { Code: var code } => code.Name,
            OperationCanceledException => "cancelled",
            _ => failure.GetType().FullName,
        };
        _span?.SetStatus(ActivityStatusCode.Error, failure.Message).SetTag("error.type", error);
        var elapsed = Record(error);
        if (failure is OperationCanceledException)
        {
            LogCancelled(_name, _subject, elapsed.TotalSeconds);
        }
        else
        {
            LogFailure(_name, _subject, elapsed.TotalSeconds, error!, failure.Message);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _span?.Dispose();

    private TimeSpan Record(string? error)
    {
        var elapsed = Stopwatch.GetElapsedTime(_start);
        var tags = new TagList { { "loam.operation", _name } };
        if (error is not null)
        {
            tags.Add("error.type", error);
        }

        Instruments.OperationDuration.Record(elapsed.TotalSeconds, tags);
        return elapsed;
    }

    [LoggerMessage(EventId = EventNumbers.OperationStarted, Level = LogLevel.Debug, Message = "{Operation} {Subject}: started")]
    private partial void LogStart(string operation, string subject);

    [LoggerMessage(EventId = EventNumbers.OperationEnded, Level = LogLevel.Information, Message = "{Operation} {Subject}: done in {Seconds:0.000} s")]
    private partial void LogEnd(string operation, string subject, double seconds);

    [LoggerMessage(
        EventId = EventNumbers.OperationFailed, Level = LogLevel.Warning, Message = "{Operation} {Subject}: failed after {Seconds:0.000} s: {Code}: {Reason}")]
    private partial void LogFailure(string operation, string subject, double seconds, string code, string reason);

    [LoggerMessage(
        EventId = EventNumbers.OperationCancelled, Level = LogLevel.Information, Message = "{Operation} {Subject}: cancelled after {Seconds:0.000} s")]
    private partial void LogCancelled(string operation, string subject, double seconds);
}
