using System.Security.Cryptography.X509Certificates;

namespace Loam.Registry;

/// <summary>Where a request is sent: a repository at one of the places that have it.</summary>
/// <param name="Location">The place.</param>
/// <param name="Api">The root of its API: <c>https://host/v2/</c>.</param>
internal sealed record RegistryTarget(RegistryLocation Location, Uri Api)
{
    /// <summary>The place as the options say it is used. Registries on this host are used without TLS unless
    /// certificate authorities are given, all others with TLS unless the user says otherwise.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.InvalidReference"/>.</exception>
    public static RegistryTarget Of(RegistryLocation location, RegistryOptions options)
    {
        if (location.Api is { } api)
        {
            return new RegistryTarget(location, api);
        }

        var host = location.Host == ImageReference.DefaultRegistry ? "registry-1.docker.io" : location.Host;
        var certificates = location.CaCertificates ?? options.CaCertificates;
        var plain = (options.Insecure && !location.IsMirror) || (location.Insecure ?? (certificates is null && IsLoopback(host)));
        return Uri.TryCreate($"{(plain ? Uri.UriSchemeHttp : Uri.UriSchemeHttps)}://{host}/v2/", UriKind.Absolute, out var uri)
            ? new RegistryTarget(location, uri)
            : throw new LoamException(ErrorCodes.InvalidReference, $"\"{location.Host}\" is not a host");
    }

    /// <summary>An address under the repository.</summary>
    public Uri Address(string rest) => new(Api, $"{Location.Repository}/{rest}");

    /// <summary>What a token must allow (distribution, "Token Scope Documentation").</summary>
    public string Scope(string actions) => $"repository:{Location.Repository}:{actions}";

    /// <summary>The certificate to show: the user's for this call to the registry itself, but to mirrors only their own.</summary>
    public X509Certificate2? ClientCertificate(RegistryOptions options) =>
        (Location.IsMirror ? null : options.ClientCertificate) ?? Location.ClientCertificate;

    private static bool IsLoopback(string host) => Uri.TryCreate($"http://{host}/", UriKind.Absolute, out var uri) && Origin.IsLoopback(uri);
}
