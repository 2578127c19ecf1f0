using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Loam;

/// <summary>The connections to registries.</summary>
internal static class RegistryHttp
{
    private const int ConnectionsPerHost = 16;

    /// <summary>A handler that follows no redirects, keeps no cookies and inflates nothing by itself.</summary>
    public static SocketsHttpHandler CreateHandler(RegistryOptions options) => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.None,
        ConnectTimeout = options.ConnectTimeout,
        MaxConnectionsPerServer = ConnectionsPerHost,
        MaxResponseHeadersLength = 64,
        ResponseDrainTimeout = TimeSpan.Zero,
        SslOptions = new SslClientAuthenticationOptions
        {
            RemoteCertificateValidationCallback = options.CaCertificates is { } authorities
                ? (_, certificate, _, errors) => IsTrusted(certificate, errors, authorities)
                : null,
        },
    };

    private static bool IsTrusted(X509Certificate? certificate, SslPolicyErrors errors, X509Certificate2Collection authorities)
    {
        if (errors == SslPolicyErrors.None)
        {
            return true;
        }

        // Only "nobody vouches for it" can be mended by further authorities; a wrong name cannot.
        if (errors != SslPolicyErrors.RemoteCertificateChainErrors || certificate is not X509Certificate2 leaf)
        {
            return false;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.ExtraStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(leaf);
    }

    /// <summary>A transport failure as a typed error; null for what is not one.</summary>
    public static LoamException? Translate(Exception exception, string host) => exception switch
    {
        HttpRequestException { InnerException: AuthenticationException tls } =>
            new LoamException(ErrorCodes.TlsUntrusted, $"{host}: {tls.Message}", exception),
        HttpRequestException or IOException =>
            new LoamException(ErrorCodes.RegistryUnreachable, $"{host}: {exception.Message}", exception),
        TimeoutException or OperationCanceledException =>
            new LoamException(ErrorCodes.Timeout, $"{host} does not answer", exception),
        _ => null,
    };
}
