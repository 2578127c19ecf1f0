using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Loam.Registry;

namespace Loam;

/// <summary>
/// What a handler of requests is made for: all hosts that are used with the same certificates. The registry itself,
/// its token server and where it redirects to share a handler, unless a client certificate is for the registry alone.
/// </summary>
public sealed class RegistryHandlerContext
{
    private const int MaximumHeaderKibibytes = 64;

    private readonly RegistryOptions _options;
    private readonly Lazy<SocketsHttpHandler> _handler;

    internal RegistryHandlerContext(RegistryOptions options, X509Certificate2Collection? authorities, X509Certificate2? own)
    {
        _options = options;
        CaCertificates = (authorities ?? options.CaCertificates) is null ? null : [.. authorities ?? [], .. options.CaCertificates ?? []];
        ClientCertificate = own;
        _handler = new Lazy<SocketsHttpHandler>(CreateHandler);
    }

    /// <summary>Certificate authorities to trust besides the system's; null for none.</summary>
    public X509Certificate2Collection? CaCertificates { get; }

    /// <summary>The certificate, with its private key, to show; null for none.</summary>
    public X509Certificate2? ClientCertificate { get; }

    /// <summary>The handler that is used where there is no <see cref="RegistryOptions.CreateHandler"/>: the certificates, the
    /// proxy and the time for connecting are set, redirects are not followed, cookies not kept, and nothing is decompressed.
    /// It is made when it is first read; the handler that wraps it disposes it.</summary>
    public SocketsHttpHandler Handler => _handler.Value;

    private SocketsHttpHandler CreateHandler() => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.None,
        ConnectTimeout = _options.ConnectTimeout,
        MaxConnectionsPerServer = _options.ConnectionsPerHost,
        MaxResponseHeadersLength = MaximumHeaderKibibytes,
        ResponseDrainTimeout = TimeSpan.Zero,
        Proxy = _options.Proxy ?? new EnvironmentProxy(),
        SslOptions = new SslClientAuthenticationOptions
        {
            ClientCertificates = ClientCertificate is null ? null : new X509CertificateCollection { ClientCertificate },
            RemoteCertificateValidationCallback = CaCertificates is { } authorities
                ? (_, certificate, chain, errors) => CertificateTrust.IsTrusted(certificate, chain, errors, authorities)
                : null,
        },
    };
}
