using System.Net.Sockets;
using System.Security.Authentication;

namespace Loam.Registry;

/// <summary>What all servers have in common: failures below HTTP, and the wish to be left alone.</summary>
internal static class RegistryHttp
{
    /// <summary>A transport failure as a typed error; null for what is not one.</summary>
    public static LoamException? Translate(Exception exception, string host) => exception switch
    {
        HttpRequestException { InnerException: AuthenticationException tls } =>
            new LoamException(ErrorCodes.TlsUntrusted, $"{host}: {tls.Message}", exception),
        HttpRequestException { InnerException: SocketException { SocketErrorCode: SocketError.ConnectionRefused } } =>
            new LoamException(ErrorCodes.RegistryRefused, $"{host}: connection refused", exception),
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } =>
            new LoamException(ErrorCodes.RegistryUnknown, $"{host}: {exception.Message}", exception),
        HttpRequestException { InnerException: TimeoutException } or TimeoutException or OperationCanceledException =>
            new LoamException(ErrorCodes.Timeout, $"{host} did not answer in time", exception),
        HttpRequestException or IOException =>
            new LoamException(ErrorCodes.RegistryUnreachable, $"{host}: {exception.Message}", exception),
        _ => null,
    };

    /// <summary>How long a server wants to be left alone, if it says so (RFC 9110, 10.2.3).</summary>
    public static TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        var after = response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } when response.Headers.Date is { } now => date - now,
            _ => (TimeSpan?)null,
        };
        return after >= TimeSpan.Zero ? after : null;
    }
}
