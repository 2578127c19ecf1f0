using System.Security.Cryptography.X509Certificates;

namespace Loam;

/// <summary>One place that has a repository's content.</summary>
/// <param name="Host">The host, and its port if one is stated; credentials are looked up by it.</param>
/// <param name="Repository">The repository's name at that place.</param>
public sealed record RegistryLocation(string Host, string Repository)
{
    /// <summary>Whether it is a mirror: only read from, and skipped when it does not have what is wanted.</summary>
    public bool IsMirror { get; init; }

    /// <summary>Whether it is used over plain HTTP; null for what <see cref="RegistryOptions"/> say.</summary>
    public bool? Insecure { get; init; }

    /// <summary>Certificate authorities to trust besides the system's and those of <see cref="RegistryOptions"/>.</summary>
    public X509Certificate2Collection? CaCertificates { get; init; }

    /// <summary>The certificate, with its private key, to show to this host alone, where <see cref="RegistryOptions"/> have none.</summary>
    public X509Certificate2? ClientCertificate { get; init; }

    /// <summary>The root of its API, ending in <c>/v2/</c>, where it is not at the root of the host.</summary>
    public Uri? Api { get; init; }

    /// <summary>Hosts of token servers that may be given this registry's credentials, besides those that are always allowed.</summary>
    public IReadOnlyList<string> TokenRealms { get; init; } = [];
}
