using System.Net;

namespace Loam.Registry;

/// <summary>Origins: scheme, host and port (RFC 6454).</summary>
internal static class Origin
{
    /// <summary>Whether two addresses are of one origin.</summary>
    public static bool IsSame(Uri left, Uri right) =>
        left.Scheme == right.Scheme && left.Port == right.Port && IsSameHost(left, right);

    /// <summary>Whether two addresses are on one host, whatever the scheme and the port.</summary>
    public static bool IsSameHost(Uri left, Uri right) => string.Equals(left.Host, right.Host, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a host name means this host.</summary>
    public static bool IsLoopback(Uri uri) =>
        uri.Host == "localhost" || (IPAddress.TryParse(uri.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    /// <summary>Whether going on from one address to another gives up what TLS gave: from https to anything else, or to
    /// something that is not a web address.</summary>
    public static bool IsDowngrade(Uri from, Uri to) =>
        to.Scheme != Uri.UriSchemeHttps && (from.Scheme == Uri.UriSchemeHttps || to.Scheme != Uri.UriSchemeHttp);
}
