namespace Loam.Credentials;

/// <summary>Something that may know credentials.</summary>
internal abstract class CredentialSource
{
    /// <summary>Its name, as <see cref="CredentialStep.Source"/>.</summary>
    public abstract string Name { get; }

    /// <summary>Asks for the credential of a repository.</summary>
    /// <exception cref="LoamException">The source is broken; whether it has a credential cannot be known.</exception>
    public abstract Task<CredentialStep> AskAsync(string registry, string repository, CancellationToken cancellationToken);

    /// <summary>What it knows, without secrets.</summary>
    public abstract Task<IReadOnlyList<RegistryLogin>> ListAsync(CancellationToken cancellationToken);

    /// <summary>A credential as people may be shown it.</summary>
    protected static string Describe(RegistryCredential credential) => credential switch
    {
        RegistryCredential.Basic basic => $"password of {basic.User}",
        RegistryCredential.IdentityToken => "identity token",
        _ => "registry token",
    };

    /// <summary>It has nothing, and why.</summary>
    protected CredentialStep Nothing(string why) => new(Name, why);
}

/// <summary>The credential that the caller gave.</summary>
internal sealed class ExplicitSource(RegistryCredential? credential) : CredentialSource
{
    public override string Name => "explicit";

    public override Task<CredentialStep> AskAsync(string registry, string repository, CancellationToken cancellationToken) =>
        Task.FromResult(credential is null ? Nothing("none was given") : new CredentialStep(Name, $"given by the caller: {Describe(credential)}", credential));

    public override Task<IReadOnlyList<RegistryLogin>> ListAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<RegistryLogin>>([]);
}
