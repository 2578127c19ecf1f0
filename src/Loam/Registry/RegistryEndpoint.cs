using System.Net;

namespace Loam;

/// <summary>Where a registry's API is.</summary>
internal static class RegistryEndpoint
{
    /// <summary>The root of a registry's API. Registries on this machine are spoken to without TLS unless certificate
    /// authorities are given, all others with TLS unless the user says otherwise.</summary>
    public static Uri Of(string registry, RegistryOptions options)
    {
        var host = registry == ImageReference.DefaultRegistry ? "registry-1.docker.io" : registry;
        var plain = options.Insecure || (options.CaCertificates is null && IsLoopback(host));
        return Uri.TryCreate($"{(plain ? Uri.UriSchemeHttp : Uri.UriSchemeHttps)}://{host}/v2/", UriKind.Absolute, out var uri)
            ? uri
            : throw new LoamException(ErrorCodes.InvalidReference, $"\"{registry}\" is not a host");
    }

    /// <summary>Whether a host is this machine.</summary>
    public static bool IsLoopback(Uri uri) =>
        uri.Host == "localhost" || (IPAddress.TryParse(uri.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    /// <summary>Whether two addresses are of one origin: scheme, host and port (RFC 6454).</summary>
    public static bool IsSameOrigin(Uri left, Uri right) =>
        left.Scheme == right.Scheme && left.Port == right.Port && string.Equals(left.Host, right.Host, StringComparison.OrdinalIgnoreCase);

    private static bool IsLoopback(string host) => Uri.TryCreate($"http://{host}/", UriKind.Absolute, out var uri) && IsLoopback(uri);
}
