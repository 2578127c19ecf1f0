using Loam.Credentials;

namespace Loam;

/// <summary>The credential that is used for a repository, and why.</summary>
/// <param name="Credential">The credential; null for anonymous.</param>
/// <param name="Source">The source it is from, as <see cref="CredentialStep.Source"/>; <c>anonymous</c> for none.</param>
/// <param name="Warnings">What the user should know of, in sentences.</param>
/// <param name="Steps">What each source said, in the order in which they were asked; the last one decided.</param>
public sealed record FoundCredential(
    RegistryCredential? Credential, string Source, IReadOnlyList<string> Warnings, IReadOnlyList<CredentialStep> Steps);

/// <summary>The registries that the user is logged in to, by all sources.</summary>
/// <param name="Logins">In the order of the sources, then by registry.</param>
/// <param name="Warnings">What the user should know of, in sentences.</param>
public sealed record KnownLogins(IReadOnlyList<RegistryLogin> Logins, IReadOnlyList<string> Warnings);

/// <summary>
/// Where credentials come from, in order; the first that has one wins. Always: the caller's own, <c>$REGISTRY_AUTH_FILE</c>,
/// <c>auth.json</c> of the state folder. Further ones only where <c>config.json</c> names them. Files are read each time.
/// </summary>
public sealed class CredentialSources
{
    /// <summary>The source of no credential.</summary>
    public const string Anonymous = "anonymous";

    /// <summary>The source that <c>registry login</c> writes.</summary>
    public const string OwnFile = "auth.json";

    private const string AuthFileVariable = "REGISTRY_AUTH_FILE";
    private static readonly TimeSpan HelperLimit = TimeSpan.FromSeconds(60);

    private readonly IReadOnlyList<CredentialSource> _sources;

    /// <summary>Puts the sources in order; nothing is read yet.</summary>
    /// <param name="configuration">Says which further sources there are.</param>
    /// <param name="credential">The caller's own credential, which wins over all; null for none.</param>
    /// <example>
    /// <code>
    /// var configuration = LoamConfiguration.Load();
    /// var credentials = new CredentialSources(configuration);
    /// using var client = new RegistryClient(configuration.ToRegistryOptions() with { Credentials = credentials.LookUpAsync });
    /// </code>
    /// </example>
    public CredentialSources(LoamConfiguration configuration, RegistryCredential? credential = null)
        : this(configuration, credential, Environment.GetEnvironmentVariable, HelperLimit)
    {
    }

    internal CredentialSources(
        LoamConfiguration configuration, RegistryCredential? credential, Func<string, string?> environment, TimeSpan helperLimit)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var named = Named(environment, AuthFileVariable);
        var home = Named(environment, "HOME") ?? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        var docker = Path.Combine(Named(environment, "DOCKER_CONFIG") ?? Path.Combine(home, ".docker"), "config.json");
        CredentialHelper Create(string name) => new(name, environment("PATH") ?? "", helperLimit);
        _sources =
        [
            new ExplicitSource(credential),
            new AuthFileSource("$" + AuthFileVariable, named, required: true),
            new AuthFileSource(OwnFile, configuration.Paths.Credentials, required: false),
            .. configuration.AuthSources.Select(source => (CredentialSource)(source switch
            {
                AuthSource.DockerConfig => new AuthFileSource("docker-config", docker, required: false),
                AuthSource.DockerHelpers => new DockerHelpersSource(named is null ? [docker] : [named, docker], Create),
                AuthSource.OsStore => new OsStoreSource(configuration.OsStore, Create),
                _ => new SettingsSource(source, configuration.RegistryAuth, environment),
            })),
        ];
    }

    /// <summary>Finds the credential for a repository.</summary>
    /// <param name="registryHost">The registry: <c>host[:port]</c>, as <see cref="ImageReference.Registry"/>.</param>
    /// <param name="repositoryPath">The repository, as <see cref="ImageReference.Repository"/>; empty for the registry itself.</param>
    /// <param name="cancellationToken">Cancels the wait for a credential helper.</param>
    /// <returns>The credential, and what each source said.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="registryHost"/> or <paramref name="repositoryPath"/> is null.</exception>
    /// <exception cref="LoamException">A source that had to be asked is broken: <see cref="ErrorCodes.CredentialsInvalid"/>,
    /// <see cref="ErrorCodes.CredentialsUnreadable"/>, <see cref="ErrorCodes.CredentialHelperFailed"/>. A failure never makes
    /// the answer anonymous.</exception>
    public async Task<FoundCredential> FindAsync(string registryHost, string repositoryPath, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(registryHost);
        ArgumentNullException.ThrowIfNull(repositoryPath);
        var steps = new List<CredentialStep>();
        foreach (var source in _sources)
        {
            var step = await source.AskAsync(registryHost, repositoryPath, cancellationToken).ConfigureAwait(false);
            steps.Add(step);
            if (step.Credential is not null)
            {
                return Found(steps);
            }
        }

        steps.Add(new CredentialStep(Anonymous, "no source has a credential"));
        return Found(steps);
    }

    /// <summary>Finds the credential for a repository; fits <see cref="RegistryOptions.Credentials"/>.</summary>
    /// <param name="registryHost">The registry: <c>host[:port]</c>, as <see cref="ImageReference.Registry"/>.</param>
    /// <param name="repositoryPath">The repository, as <see cref="ImageReference.Repository"/>; empty for the registry itself.</param>
    /// <param name="cancellationToken">Cancels the wait for a credential helper.</param>
    /// <returns>The credential; null for anonymous.</returns>
    /// <exception cref="LoamException">As <see cref="FindAsync"/>.</exception>
    public async ValueTask<RegistryCredential?> LookUpAsync(
        string registryHost, string repositoryPath, CancellationToken cancellationToken = default) =>
        (await FindAsync(registryHost, repositoryPath, cancellationToken).ConfigureAwait(false)).Credential;

    /// <summary>Lists what the sources know, in their order, without secrets.</summary>
    /// <param name="cancellationToken">Cancels the wait for a credential helper.</param>
    /// <returns>The logins, and what the user should know of.</returns>
    /// <exception cref="LoamException">A source is broken; as <see cref="FindAsync"/>.</exception>
    public async Task<KnownLogins> ListAsync(CancellationToken cancellationToken = default)
    {
        var logins = new List<RegistryLogin>();
        foreach (var source in _sources)
        {
            logins.AddRange((await source.ListAsync(cancellationToken).ConfigureAwait(false)).OrderBy(login => login.Registry, StringComparer.Ordinal));
        }

        return new KnownLogins(logins, [.. logins.Select(login => login.Where).Distinct(StringComparer.Ordinal).Select(SecretFile.WarningOf).OfType<string>()]);
    }

    private static string? Named(Func<string, string?> environment, string variable) => environment(variable) is { Length: > 0 } value ? value : null;

    private static FoundCredential Found(List<CredentialStep> steps) =>
        new(steps[^1].Credential, steps[^1].Source, [.. steps.SelectMany(step => step.Warnings)], steps);
}
