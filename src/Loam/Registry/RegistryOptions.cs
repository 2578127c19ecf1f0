using System.Security.Cryptography.X509Certificates;

namespace Loam;

/// <summary>How registries are spoken to.</summary>
public sealed record RegistryOptions
{
    /// <summary>Whether plain HTTP is used for every registry, not only for those on this machine.</summary>
    public bool Insecure { get; init; }

    /// <summary>Certificate authorities to trust besides the system's.</summary>
    public X509Certificate2Collection? CaCertificates { get; init; }

    /// <summary>The certificate, with its private key, to show to registries but not to mirrors; no other host sees it.</summary>
    public X509Certificate2? ClientCertificate { get; init; }

    /// <summary>Finds credentials; null for asking anonymously.</summary>
    public CredentialLookup? Credentials { get; init; }

    /// <summary>The places that have a reference's content, in the order to try them; the last is the registry itself.
    /// Null for the registry alone.</summary>
    public Func<ImageReference, IReadOnlyList<RegistryLocation>>? Locations { get; init; }

    /// <summary>How many connections to one host are open at once.</summary>
    public int ConnectionsPerHost { get; init; } = 16;

    /// <summary>How long one request may take with all its tries; bodies of blobs do not count.</summary>
    public TimeSpan RequestDeadline { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long connecting may take.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a registry may send nothing before the connection counts as broken.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often a request is tried again; for a blob, how often without a single byte gained.</summary>
    public int Retries { get; init; } = 5;

    /// <summary>The pause before the first further try; it doubles from there, with jitter.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The longest pause that a registry's <c>Retry-After</c> is followed in.</summary>
    public TimeSpan MaximumRetryAfter { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Reads a client certificate and its private key from PEM files.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.ClientCertificateInvalid"/>.</exception>
    public static X509Certificate2 ReadClientCertificate(string certificatePath, string keyPath)
    {
        try
        {
            return X509Certificate2.CreateFromPemFile(certificatePath, keyPath);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException)
        {
            throw new LoamException(ErrorCodes.ClientCertificateInvalid, $"{certificatePath} and {keyPath} cannot be used: {e.Message}", e);
        }
    }

    /// <summary>Reads certificate authorities from a PEM file.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.CaCertificatesInvalid"/>.</exception>
    public static X509Certificate2Collection ReadCaCertificates(string path)
    {
        try
        {
            var certificates = new X509Certificate2Collection();
            certificates.ImportFromPemFile(path);
            return certificates.Count > 0
                ? certificates
                : throw new LoamException(ErrorCodes.CaCertificatesInvalid, $"{path} holds no certificate");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException)
        {
            throw new LoamException(ErrorCodes.CaCertificatesInvalid, $"{path} cannot be read: {e.Message}", e);
        }
    }
}
