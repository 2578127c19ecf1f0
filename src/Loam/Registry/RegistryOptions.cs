using System.Security.Cryptography.X509Certificates;

namespace Loam;

/// <summary>How registries are spoken to.</summary>
public sealed record RegistryOptions
{
    /// <summary>Whether plain HTTP is used for every registry, not only for those on this machine.</summary>
    public bool Insecure { get; init; }

    /// <summary>Certificate authorities to trust besides the system's.</summary>
    public X509Certificate2Collection? CaCertificates { get; init; }

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
