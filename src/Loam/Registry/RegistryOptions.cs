using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Loam;

/// <summary>How registries are used. The defaults suit public registries, used anonymously.</summary>
public sealed record RegistryOptions
{
    /// <summary>Whether plain HTTP is used for every registry, not only for those on this host.</summary>
    public bool Insecure { get; init; }

    /// <summary>Certificate authorities to trust besides the system's.</summary>
    public X509Certificate2Collection? CaCertificates { get; init; }

    /// <summary>The certificate, with its private key, to show to registries but not to mirrors; no other host sees it.</summary>
    public X509Certificate2? ClientCertificate { get; init; }

    /// <summary>Finds credentials; null for anonymous use.</summary>
    public CredentialLookup? Credentials { get; init; }

    /// <summary>The places that have a reference's content, in the order to try them; the last is the registry itself.
    /// Null for the registry alone.</summary>
    public Func<ImageReference, IReadOnlyList<RegistryLocation>>? Locations { get; init; }

    /// <summary>The proxy; null for the one that <c>HTTPS_PROXY</c>, <c>HTTP_PROXY</c>, <c>ALL_PROXY</c> and <c>NO_PROXY</c>
    /// name, which is never used for this host.</summary>
    public IWebProxy? Proxy { get; init; }

    /// <summary>A product that precedes Loam's own in the <c>User-Agent</c> header; null for Loam's alone.</summary>
    public ProductInfoHeaderValue? UserAgent { get; init; }

    /// <summary>
    /// Makes the handlers that requests go through, one for each set of certificates; null for
    /// <see cref="RegistryHandlerContext.Handler"/> itself. The client disposes what it is given.
    /// </summary>
    /// <remarks>
    /// To observe or change requests, wrap <see cref="RegistryHandlerContext.Handler"/>, which has certificates, proxy and
    /// time-outs set; another handler at the bottom has to see to these itself, from the context. Whatever is returned must
    /// neither follow redirects (credentials would go along), nor keep cookies, nor decompress, nor try again: the client
    /// does, and knows when it may.
    /// </remarks>
    public Func<RegistryHandlerContext, HttpMessageHandler>? CreateHandler { get; init; }

    /// <summary>How many connections to one host are open at once.</summary>
    public int ConnectionsPerHost { get; init; } = 16;

    /// <summary>How long one request may take with all its tries; bodies of blobs do not count.</summary>
    public TimeSpan RequestDeadline { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long connecting may take.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a registry may send nothing before the connection counts as broken.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often a request is tried again; 0 for never. For a blob that is being fetched or sent, how often in a row
    /// without a single byte gained.</summary>
    public int Retries { get; init; } = 5;

    /// <summary>The pause before the first further try; from there pauses double on average, with jitter.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The longest pause that is made where the registry asks for none; at most a day.</summary>
    public TimeSpan MaximumRetryDelay { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>The longest pause that is made where a registry asks for one with <c>Retry-After</c>.</summary>
    public TimeSpan MaximumRetryAfter { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Reads a client certificate and its private key from PEM files.</summary>
    /// <param name="certificatePath">The file with the certificate.</param>
    /// <param name="keyPath">The file with its private key.</param>
    /// <returns>The certificate with its key; the caller disposes it.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="certificatePath"/> or <paramref name="keyPath"/> is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.ClientCertificateInvalid"/>.</exception>
    public static X509Certificate2 ReadClientCertificate(string certificatePath, string keyPath)
    {
        ArgumentNullException.ThrowIfNull(certificatePath);
        ArgumentNullException.ThrowIfNull(keyPath);
        try
        {
            return X509Certificate2.CreateFromPemFile(certificatePath, keyPath);
        }
        catch (Exception e) when (IoFailure.Is(e) || e is CryptographicException)
        {
            throw new LoamException(ErrorCodes.ClientCertificateInvalid, $"{certificatePath} and {keyPath} cannot be used: {e.Message}", e);
        }
    }

    /// <summary>Reads certificate authorities from a PEM file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The certificates in it, at least one.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="path"/> is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.CaCertificatesInvalid"/>.</exception>
    public static X509Certificate2Collection ReadCaCertificates(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        try
        {
            var certificates = new X509Certificate2Collection();
            certificates.ImportFromPemFile(path);
            return certificates.Count > 0
                ? certificates
                : throw new LoamException(ErrorCodes.CaCertificatesInvalid, $"{path} contains no certificate");
        }
        catch (Exception e) when (IoFailure.Is(e) || e is CryptographicException)
        {
            throw new LoamException(ErrorCodes.CaCertificatesInvalid, $"{path} cannot be read: {e.Message}", e);
        }
    }
}
