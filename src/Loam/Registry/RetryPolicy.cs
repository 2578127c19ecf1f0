using System.Net;
using System.Runtime.ExceptionServices;
using System.Security.Authentication;
using Loam.Telemetry;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;

namespace Loam.Registry;

/// <summary>
/// When and how often something is tried again: what may pass, after pauses that grow exponentially with jitter up to a
/// cap, or that a server asks for, until so many tries in a row have gained nothing.
/// </summary>
internal sealed partial class RetryPolicy
{
    private static readonly TimeSpan s_longest = TimeSpan.FromDays(1);

    private readonly RegistryOptions _options;
    private readonly ILogger _logger;
    private readonly ResiliencePipeline _first;
    private readonly ResiliencePipeline _afterGain;

    /// <param name="options">How often, and how long the pauses are.</param>
    /// <param name="time">Measures the pauses.</param>
    /// <param name="logger">Logs every try that failed.</param>
    public RetryPolicy(RegistryOptions options, TimeProvider time, ILogger logger)
    {
        _options = options;
        _logger = logger;
        _first = Build(options.Retries, time);

        // What failed after it had gained something is not one of the tries that are counted.
        _afterGain = Build(options.Retries + 1, time);
    }

    /// <summary>Tries until a try succeeds, or fails in a way that does not pass, or too many have failed.</summary>
    /// <param name="attempt">One try.</param>
    /// <param name="cancellationToken">Cancels the tries, and a pause between them at once.</param>
    /// <param name="former">A failure after something had been gained: a pause comes first, and the count begins.</param>
    /// <param name="gained">Whether the latest try gained something, so that the count begins again; null for never.</param>
    /// <returns>What the last try gave. Of an <see cref="HttpResponseMessage"/> that may be an answer that says to try again.</returns>
    public async ValueTask<T> RunAsync<T>(
        Func<CancellationToken, ValueTask<T>> attempt, CancellationToken cancellationToken, Exception? former = null, Func<bool>? gained = null)
    {
        while (true)
        {
            Exception? failure = null;
            var pipeline = former is null ? _first : _afterGain;
            var value = await pipeline.ExecuteAsync(
                async token =>
                {
                    if (Interlocked.Exchange(ref former, null) is { } before)
                    {
                        ExceptionDispatchInfo.Throw(before);
                    }

                    try
                    {
                        return await attempt(token).ConfigureAwait(false);
                    }
                    catch (Exception e) when (gained is not null && MayPass(e) && gained())
                    {
                        failure = e;
                        return default!;
                    }
                },
                cancellationToken).ConfigureAwait(false);
            if (failure is null)
            {
                return value;
            }

            former = failure;
        }
    }

    /// <summary>Whether trying again may help.</summary>
    public static bool MayPass(Exception failure) => failure switch
    {
        HttpRequestException { InnerException: AuthenticationException } => false,
        HttpRequestException or IOException or TimeoutException => true,
        LoamException { Code: var code } =>
            code.Class == ErrorClass.Network && code != ErrorCodes.TlsUntrusted && code != ErrorCodes.RegistryProtocol,
        _ => false,
    };

    private static bool MayPass(HttpResponseMessage answer) => answer.StatusCode switch
    {
        HttpStatusCode.InsufficientStorage => false,
        HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError => true,
        _ => false,
    };

    private ResiliencePipeline Build(int retries, TimeProvider time) => retries <= 0
        ? ResiliencePipeline.Empty
        : new ResiliencePipelineBuilder { TimeProvider = time }.AddRetry(new RetryStrategyOptions
        {
            MaxRetryAttempts = retries,
            Delay = Within(_options.RetryDelay),
            MaxDelay = Within(_options.MaximumRetryDelay),
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            ShouldHandle = arguments => ValueTask.FromResult(arguments.Outcome switch
            {
                { Exception: { } failure } => MayPass(failure),
                { Result: HttpResponseMessage answer } => MayPass(answer),
                _ => false,
            }),
            DelayGenerator = arguments => ValueTask.FromResult(Wish(arguments.Outcome)),
            OnRetry = arguments =>
            {
                Instruments.Retries.Add(1);
                LogRetry(arguments.AttemptNumber + 1, retries, arguments.RetryDelay, Reason(arguments.Outcome));
                return ValueTask.CompletedTask;
            },
        }).Build();

    /// <summary>A pause as the library takes it.</summary>
    private static TimeSpan Within(TimeSpan pause) =>
        pause < TimeSpan.Zero ? TimeSpan.Zero : pause < s_longest ? pause : s_longest;

    /// <summary>The pause that the server asks for, as far as it is followed; null where it asks for none.</summary>
    private TimeSpan? Wish(Outcome<object> outcome)
    {
        var wish = outcome switch
        {
            { Exception: LoamException failure } => failure.RetryAfter,
            { Result: HttpResponseMessage answer } => RegistryHttp.RetryAfter(answer),
            _ => null,
        };
        return wish > _options.MaximumRetryAfter ? _options.MaximumRetryAfter : wish;
    }

    private static string Reason(Outcome<object> outcome) => outcome switch
    {
        { Exception: { } failure } => failure.Message,
        { Result: HttpResponseMessage answer } =>
            $"{answer.RequestMessage?.RequestUri?.Authority} answered {(int)answer.StatusCode}",
        _ => "",
    };

    [LoggerMessage(EventId = EventNumbers.Retry, Level = LogLevel.Warning, Message = "try {Number} of {Retries} follows in {Delay}: {Reason}")]
    private partial void LogRetry(int number, int retries, TimeSpan delay, string reason);
}
