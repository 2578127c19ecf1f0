using System.Text;

namespace Loam;

/// <summary>Proves to a registry who uses it. Its text never contains the secret.</summary>
public abstract record RegistryCredential
{
    private RegistryCredential()
    {
    }

    /// <inheritdoc/>
    public sealed override string ToString() => $"{GetType().Name}(…)";

    /// <summary>A user's name and password (RFC 7617).</summary>
    /// <param name="User">The name; it has no colon.</param>
    /// <param name="Password">The secret; it may have colons.</param>
    public sealed record Basic(string User, string Password) : RegistryCredential
    {
        /// <summary>The parameter of an <c>Authorization: Basic</c> header.</summary>
        internal string Parameter => Convert.ToBase64String(Encoding.UTF8.GetBytes($"{User}:{Password}"));
    }

    /// <summary>A refresh token that token servers give access tokens for (<c>identitytoken</c> in credential files).</summary>
    /// <param name="Token">The secret.</param>
    public sealed record IdentityToken(string Token) : RegistryCredential;

    /// <summary>A token that the registry itself takes (<c>registrytoken</c> in credential files).</summary>
    /// <param name="Token">The secret.</param>
    public sealed record RegistryToken(string Token) : RegistryCredential;
}

/// <summary>Finds the credential for a repository of a registry.</summary>
/// <param name="host">The registry as references name it: <c>ghcr.io</c>, <c>localhost:5000</c>.</param>
/// <param name="repository">The repository: <c>team/app</c>.</param>
/// <param name="cancellationToken">Cancels the search.</param>
/// <returns>The credential; null for anonymous use.</returns>
public delegate ValueTask<RegistryCredential?> CredentialLookup(string host, string repository, CancellationToken cancellationToken);
