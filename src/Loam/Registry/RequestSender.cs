using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using Loam.Telemetry;
using Microsoft.Extensions.Logging;

namespace Loam.Registry;

/// <summary>
/// Sends requests: with the authorization their scope needs, through redirects by hand, again after failures that pass.
/// Authorization goes to the registry's own origin and to nobody else.
/// </summary>
internal sealed partial class RequestSender : IDisposable
{
    private const int MaximumRedirects = 8;
    private const int MaximumChallenges = 2;

    /// <summary>On an answer's request: how it said who asks.</summary>
    public static readonly HttpRequestOptionsKey<GrantKind> Asked = new("loam.asked");

    private readonly HttpConnections _http;
    private readonly Authorizer _authorizer;
    private readonly RegistryOptions _options;
    private readonly ILogger _logger;
    private readonly RetryPolicy _retries;

    public RequestSender(RegistryOptions options, RetryPolicy retries, TimeProvider time, ILogger logger)
    {
        _http = new HttpConnections(options, time);
        _authorizer = new Authorizer(_http, options, time);
        _options = options;
        _retries = retries;
        _logger = logger;
    }

    /// <summary>Sends a request until an answer stands; the answer's body has not been read yet.</summary>
    /// <exception cref="LoamException">No answer stands after all retries.</exception>
    public async Task<HttpResponseMessage> SendAsync(RegistryRequest request, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (request.Body is null)
        {
            deadline.CancelAfter(_options.RequestDeadline);
        }

        try
        {
            return request.Retry
                ? await _retries.RunAsync(token => SendOnceAsync(request, token), deadline.Token).ConfigureAwait(false)
                : await SendOnceAsync(request, deadline.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && RegistryHttp.Translate(e, request.Address.Authority) is { } translated)
        {
            throw translated;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async ValueTask<HttpResponseMessage> SendOnceAsync(RegistryRequest request, CancellationToken cancellationToken)
    {
        var grant = _authorizer.Find(request.Target, request.Scope);
        for (var round = 0; ; round++)
        {
            var response = await FollowAsync(request, grant, cancellationToken).ConfigureAwait(false);

            // Where a redirect leads, nobody may ask for this registry's credentials.
            if (response.StatusCode != HttpStatusCode.Unauthorized || round == MaximumChallenges
                || !Origin.IsSame(response.RequestMessage!.RequestUri!, request.Target.Api))
            {
                return response;
            }

            var challenge = Challenge.Of(response.Headers.WwwAuthenticate);
            var next = await _authorizer.AnswerAsync(request.Target, request.Scope, challenge, grant, cancellationToken).ConfigureAwait(false);
            if (next is null)
            {
                return response;
            }

            response.Dispose();
            grant = next;
        }
    }

    private async Task<HttpResponseMessage> FollowAsync(RegistryRequest request, Grant? grant, CancellationToken cancellationToken)
    {
        var address = request.Address;
        for (var hop = 0; hop <= MaximumRedirects; hop++)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            using var message = CreateMessage(request, address, grant, () => limit.CancelAfter(_options.StallTimeout));
            var start = Stopwatch.GetTimestamp();
            var response = await SendWithinAsync(request.Target, message, limit, cancellationToken).ConfigureAwait(false);
            Instruments.RequestDuration.Record(
                Stopwatch.GetElapsedTime(start).TotalSeconds,
                Instruments.Server(address.Authority),
                new("http.request.method", request.Method.Method),
                new("http.response.status_code", (int)response.StatusCode));
            LogAnswer(request.Method, $"{address.Scheme}://{address.Authority}{address.AbsolutePath}", request.From, (int)response.StatusCode);
            if (!IsRedirect(response.StatusCode, request) || response.Headers.Location is not { } location)
            {
                return response;
            }

            response.Dispose();
            var next = new Uri(address, location);
            if (Origin.IsDowngrade(address, next))
            {
                throw new LoamException(ErrorCodes.RegistryProtocol, $"{address.Authority} redirects to {next.Scheme}://{next.Authority}, which is not secure");
            }

            address = next;
        }

        throw new LoamException(ErrorCodes.RegistryProtocol, $"{request.Address.Authority} redirects more than {MaximumRedirects} times");
    }

    /// <summary>Whether an answer sends the same request elsewhere; what changes something is only repeated where method and
    /// body are to stay (RFC 9110, 15.4).</summary>
    private static bool IsRedirect(HttpStatusCode status, RegistryRequest request) =>
        status is HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect
        || ((request.Method == HttpMethod.Get || request.Method == HttpMethod.Head)
            && status is HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther);

    private static HttpRequestMessage CreateMessage(RegistryRequest request, Uri address, Grant? grant, Action alive)
    {
        var message = new HttpRequestMessage(request.Method, address) { Content = request.Body?.Invoke(alive) };
        foreach (var type in request.Accept)
        {
            message.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(type));
        }

        if (request.From > 0)
        {
            message.Headers.Range = new RangeHeaderValue(request.From, null);
        }

        var shown = Origin.IsSame(address, request.Target.Api) ? grant : null;
        message.Headers.Authorization = shown?.Header;
        message.Options.Set(Asked, shown?.Kind ?? GrantKind.Anonymous);
        return message;
    }

    private async Task<HttpResponseMessage> SendWithinAsync(
        RegistryTarget target, HttpRequestMessage message, CancellationTokenSource limit, CancellationToken cancellationToken)
    {
        limit.CancelAfter(_options.StallTimeout);
        try
        {
            return await _http.SendAsync(target, message, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"{message.RequestUri!.Authority} did not answer in time", e);
        }
    }

    // Queries of redirects carry signatures, so only the path is told.
    [LoggerMessage(EventId = EventNumbers.Request, Level = LogLevel.Debug, Message = "{Method} {Address} from byte {From}: {Status}")]
    private partial void LogAnswer(HttpMethod method, string address, long from, int status);
}
