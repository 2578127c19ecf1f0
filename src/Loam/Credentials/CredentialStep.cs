namespace Loam;

/// <summary>What one source said about a repository.</summary>
/// <param name="Source">The source's name: <c>explicit</c>, <c>$REGISTRY_AUTH_FILE</c>, <c>auth.json</c>,
/// <c>docker-config</c>, <c>os-store</c>, <c>docker-helpers</c>, <c>env</c>, <c>file</c>, <c>anonymous</c>.</param>
/// <param name="Why">What was found or why not, for people; never a secret.</param>
/// <param name="Credential">The credential, if it has one.</param>
public sealed record CredentialStep(string Source, string Why, RegistryCredential? Credential = null)
{
    /// <summary>What the user should know of, in sentences.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}

