using System.Net;
using System.Net.Http.Headers;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;

namespace Loam;

/// <summary>One request as the protocol's corners demand it.</summary>
/// <param name="Method">GET or HEAD.</param>
/// <param name="Address">Under the registry's API.</param>
/// <param name="Scope">What a token must allow.</param>
/// <param name="Accept">Media types, if any.</param>
/// <param name="From">The first byte wanted.</param>
internal sealed record RegistryRequest(HttpMethod Method, Uri Address, string Scope, IReadOnlyList<string>? Accept = null, long From = 0);

/// <summary>
/// Sends requests: with the token their scope needs, through redirects by hand, again after failures that pass.
/// Authorization goes to the registry's own origin and to nobody else.
/// </summary>
internal sealed partial class RequestSender : IDisposable
{
    private const int MaximumRedirects = 8;
    private const int MaximumChallenges = 2;

    private readonly HttpMessageInvoker _http;
    private readonly TokenSource _tokens;
    private readonly RegistryOptions _options;
    private readonly ILogger _logger;
    private readonly ResiliencePipeline<HttpResponseMessage> _retries;

    public RequestSender(RegistryOptions options, TimeProvider time, ILogger logger)
    {
        _http = new HttpMessageInvoker(RegistryHttp.CreateHandler(options));
        _tokens = new TokenSource(_http, time);
        _options = options;
        _logger = logger;
        _retries = new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = time }.AddRetry(Retry(options)).Build();
    }

    /// <summary>Sends a request until an answer stands; the answer's body has not been read yet.</summary>
    /// <exception cref="LoamException">No answer stands after all retries.</exception>
    public async Task<HttpResponseMessage> SendAsync(RegistryRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return await _retries.ExecuteAsync(
                async token => await SendOnceAsync(request, token).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && RegistryHttp.Translate(e, request.Address.Authority) is { } translated)
        {
            throw translated;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static RetryStrategyOptions<HttpResponseMessage> Retry(RegistryOptions options) => new()
    {
        MaxRetryAttempts = options.Retries,
        Delay = options.RetryDelay,
        MaxDelay = options.MaximumRetryAfter,
        BackoffType = DelayBackoffType.Exponential,
        UseJitter = true,
        ShouldHandle = arguments => ValueTask.FromResult(arguments.Outcome switch
        {
            { Exception: HttpRequestException { InnerException: System.Security.Authentication.AuthenticationException } } => false,
            { Exception: HttpRequestException or IOException or TimeoutException } => true,
            { Result.StatusCode: HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError } => true,
            _ => false,
        }),
        DelayGenerator = arguments => ValueTask.FromResult(RetryAfter(arguments.Outcome.Result, options)),
    };

    private static TimeSpan? RetryAfter(HttpResponseMessage? response, RegistryOptions options)
    {
        var after = response?.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } when response.Headers.Date is { } now => date - now,
            _ => (TimeSpan?)null,
        };
        return after is { } wait && wait >= TimeSpan.Zero ? (wait < options.MaximumRetryAfter ? wait : options.MaximumRetryAfter) : null;
    }

    private async Task<HttpResponseMessage> SendOnceAsync(RegistryRequest request, CancellationToken cancellationToken)
    {
        for (var round = 0; ; round++)
        {
            var response = await FollowAsync(request, _tokens.Find(Key(request)), cancellationToken).ConfigureAwait(false);
            if (response.StatusCode != HttpStatusCode.Unauthorized || round == MaximumChallenges
                || !Challenge.TryFind(response.Headers.WwwAuthenticate, out var challenge))
            {
                return response;
            }

            response.Dispose();
            await _tokens.RequestAsync(challenge, request.Address, Key(request), cancellationToken).ConfigureAwait(false);
        }
    }

    private static string Key(RegistryRequest request) => request.Scope;

    private async Task<HttpResponseMessage> FollowAsync(RegistryRequest request, string? token, CancellationToken cancellationToken)
    {
        var address = request.Address;
        for (var hop = 0; hop <= MaximumRedirects; hop++)
        {
            using var message = new HttpRequestMessage(request.Method, address);
            foreach (var type in request.Accept ?? [])
            {
                message.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(type));
            }

            message.Headers.UserAgent.Add(new ProductInfoHeaderValue("loam", LoamVersion.Text));
            if (request.From > 0)
            {
                message.Headers.Range = new RangeHeaderValue(request.From, null);
            }

            if (token is not null && RegistryEndpoint.IsSameOrigin(address, request.Address))
            {
                message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            }

            var response = await SendWithinAsync(message, cancellationToken).ConfigureAwait(false);
            LogAnswer(request.Method, address.GetLeftPart(UriPartial.Path), request.From, (int)response.StatusCode);
            if (response.StatusCode is not (HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther
                or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect) || response.Headers.Location is not { } location)
            {
                return response;
            }

            response.Dispose();
            var next = new Uri(address, location);
            if (next.Scheme != Uri.UriSchemeHttps && (address.Scheme == Uri.UriSchemeHttps || next.Scheme != Uri.UriSchemeHttp))
            {
                throw new LoamException(ErrorCodes.RegistryProtocol, $"{address.Authority} redirects to {next.Scheme}://{next.Authority}, which is not secure");
            }

            address = next;
        }

        throw new LoamException(ErrorCodes.RegistryProtocol, $"{request.Address.Authority} redirects more than {MaximumRedirects} times");
    }

    private async Task<HttpResponseMessage> SendWithinAsync(HttpRequestMessage message, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_options.StallTimeout);
        try
        {
            return await _http.SendAsync(message, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"{message.RequestUri!.Authority} does not answer", e);
        }
    }

    // Queries of redirects carry signatures, so only the path is told.
    [LoggerMessage(Level = LogLevel.Debug, Message = "{Method} {Address} from byte {From}: {Status}")]
    private partial void LogAnswer(HttpMethod method, string address, long from, int status);
}
