using Loam.Telemetry;
using Microsoft.Extensions.Logging;

namespace Loam.Progress;

/// <summary>One call of a user's as a whole: what it tells its listener, and the trace that it leaves.</summary>
internal static class Operation
{
    /// <summary>Runs a call.</summary>
    /// <param name="name">What is done; see <see cref="WorkOperation.Name"/>.</param>
    /// <param name="subject">What it is done to.</param>
    /// <param name="listener">Who is told of its progress; null for nobody.</param>
    /// <param name="loggers">Makes the log.</param>
    /// <param name="work">Does it; tells its progress to what it is given.</param>
    public static async Task<T> RunAsync<T>(
        string name, string subject, IProgress<WorkProgress>? listener, ILoggerFactory loggers, Func<OperationProgress?, Task<T>> work)
    {
        using var trace = new OperationTrace(name, subject, loggers);
        try
        {
            var result = await work(OperationProgress.Start(listener, name, subject)).ConfigureAwait(false);
            trace.Succeed();
            return result;
        }
        catch (Exception e)
        {
            trace.Fail(e);
            throw;
        }
    }

    /// <inheritdoc cref="RunAsync"/>
    public static T Run<T>(string name, string subject, IProgress<WorkProgress>? listener, ILoggerFactory loggers, Func<OperationProgress?, T> work)
    {
        using var trace = new OperationTrace(name, subject, loggers);
        try
        {
            var result = work(OperationProgress.Start(listener, name, subject));
            trace.Succeed();
            return result;
        }
        catch (Exception e)
        {
            trace.Fail(e);
            throw;
        }
    }
}
