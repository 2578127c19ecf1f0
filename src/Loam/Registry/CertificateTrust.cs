using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Loam.Registry;

/// <summary>Judges certificates by further authorities where the system's do not vouch for them.</summary>
internal static class CertificateTrust
{
    /// <summary>Whether a server's certificate is trusted.</summary>
    /// <param name="certificate">The certificate.</param>
    /// <param name="sent">The chain that was built, with what the server sent.</param>
    /// <param name="errors">What the system finds wrong.</param>
    /// <param name="authorities">Who may vouch for it besides those that the system trusts.</param>
    public static bool IsTrusted(X509Certificate? certificate, X509Chain? sent, SslPolicyErrors errors, X509Certificate2Collection authorities)
    {
        if (errors == SslPolicyErrors.None)
        {
            return true;
        }

        // Only "nobody vouches for it" can be cured by further authorities; a wrong name cannot.
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
