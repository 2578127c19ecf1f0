namespace Loam.Registry;

/// <summary>
/// Which token servers may be asked, and which may be told a registry's credentials. A registry chooses its token server
/// itself, so without rules a registry that turned bad could send a password anywhere.
/// </summary>
internal static class Realm
{
    /// <summary>Tokens are requested only over TLS, or from the host of a registry that is itself used without TLS.</summary>
    public static bool IsSecure(Uri realm, RegistryTarget target) =>
        realm.Scheme == Uri.UriSchemeHttps
        || (realm.Scheme == Uri.UriSchemeHttp && target.Api.Scheme == Uri.UriSchemeHttp && Origin.IsSameHost(realm, target.Api));

    /// <summary>Credentials go to the registry's own host, to hosts of the same domain, as <c>auth.docker.io</c> is to
    /// <c>registry-1.docker.io</c>, and to those that the registry's settings name. Others are asked anonymously.</summary>
    public static bool MayKnowCredentials(Uri realm, RegistryTarget target) =>
        Origin.IsSameHost(realm, target.Api)
        || target.Location.TokenRealms.Contains(realm.IsDefaultPort ? realm.Host : realm.Authority, StringComparer.OrdinalIgnoreCase)
        || (realm.HostNameType == UriHostNameType.Dns && target.Api.HostNameType == UriHostNameType.Dns
            && Domain(realm.Host) is { } domain && domain == Domain(target.Api.Host));

    /// <summary>The part of a host's name that one owner registers; three labels where the second is one of a country's
    /// own categories (<c>co.uk</c>). Null for names too short to have an owner of their own.</summary>
    private static string? Domain(string host)
    {
        var labels = host.ToLowerInvariant().TrimEnd('.').Split('.');
        var own = labels.Length >= 2 && labels[^1].Length == 2 && labels[^2].Length <= 3 ? 3 : 2;
        return labels.Length >= own ? string.Join('.', labels[^own..]) : null;
    }
}
