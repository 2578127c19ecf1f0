using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Loam.Registry;

/// <summary>The connections to registries and to where they send us, kept apart by what TLS needs.</summary>
internal sealed class HttpConnections(RegistryOptions options) : IDisposable
{
    private readonly ConcurrentDictionary<(X509Certificate2Collection? Authorities, X509Certificate2? Own), Lazy<HttpMessageInvoker>> _invokers = new();

    /// <summary>Sends a request to an address on behalf of a registry: its certificate authorities are trusted there too,
    /// but only its own origin sees our certificate.</summary>
    public Task<HttpResponseMessage> SendAsync(RegistryTarget target, HttpRequestMessage message, CancellationToken cancellationToken)
    {
        var own = Origin.IsSame(message.RequestUri!, target.Api) ? target.ClientCertificate(options) : null;
        var key = (target.Location.CaCertificates, own);
        return _invokers.GetOrAdd(key, tls => new Lazy<HttpMessageInvoker>(() => new HttpMessageInvoker(CreateHandler(tls.Authorities, tls.Own)))).Value
            .SendAsync(message, cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var invoker in _invokers.Values.Where(invoker => invoker.IsValueCreated))
        {
            invoker.Value.Dispose();
        }
    }

    /// <summary>A handler that follows no redirects, keeps no cookies and inflates nothing by itself.</summary>
    private SocketsHttpHandler CreateHandler(X509Certificate2Collection? authorities, X509Certificate2? own) => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.None,
        ConnectTimeout = options.ConnectTimeout,
        MaxConnectionsPerServer = options.ConnectionsPerHost,
        MaxResponseHeadersLength = 64,
        ResponseDrainTimeout = TimeSpan.Zero,
        Proxy = new EnvironmentProxy(),
        SslOptions = new SslClientAuthenticationOptions
        {
            ClientCertificates = own is null ? null : new X509CertificateCollection { own },
            RemoteCertificateValidationCallback = (authorities ?? options.CaCertificates) is null
                ? null
                : (_, certificate, chain, errors) => IsTrusted(certificate, chain, errors, [.. authorities ?? [], .. options.CaCertificates ?? []]),
        },
    };

    private static bool IsTrusted(X509Certificate? certificate, X509Chain? sent, SslPolicyErrors errors, X509Certificate2Collection authorities)
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

        // What the server sent with its certificate leads from there to its authority.
        chain.ChainPolicy.ExtraStore.AddRange(sent?.ChainPolicy.ExtraStore ?? []);
        chain.ChainPolicy.ExtraStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(leaf);
    }
}
