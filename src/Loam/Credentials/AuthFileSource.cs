using Loam.References;

namespace Loam.Credentials;

/// <summary>The static entries of a credentials file.</summary>
/// <param name="name">The source's name.</param>
/// <param name="path">The file; null where none is named.</param>
/// <param name="required">Whether a missing file is an error: somebody named it.</param>
internal sealed class AuthFileSource(string name, string? path, bool required) : CredentialSource
{
    public override string Name => name;

    public override Task<CredentialStep> AskAsync(string registry, string repository, CancellationToken cancellationToken)
    {
        if (path is null)
        {
            return Task.FromResult(Nothing("not set"));
        }

        if (Read() is not { } file)
        {
            return Task.FromResult(Nothing($"{path} does not exist"));
        }

        var entry = file.Find(registry, repository);
        var credential = entry?.Decode(path);
        var why = credential is not null ? $"entry \"{entry!.Key}\" of {path}: {Describe(credential)}"
            : entry is not null ? $"entry \"{entry.Key}\" of {path} has no credential"
            : $"{path} has no entry for {registry}";
        if (credential is null && file.FindHelper(registry) is { } helper)
        {
            why += $"; it names the helper \"{helper}\", which only the source docker-helpers runs";
        }

        return Task.FromResult(new CredentialStep(Name, why, credential)
        {
            Warnings = SecretFile.WarningOf(path) is { } warning ? [warning] : [],
        });
    }

    public override Task<IReadOnlyList<RegistryLogin>> ListAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<RegistryLogin>>(
        path is null || Read() is not { } file ? []
            : [.. file.Entries.Select(entry => (entry.Key, Credential: entry.Decode(path))).Where(entry => entry.Credential is not null)
                .Select(entry => new RegistryLogin(RegistryKey.Normalize(entry.Key), (entry.Credential as RegistryCredential.Basic)?.User, Name, path))]);

    private AuthFile? Read() => AuthFile.Read(path!)
        ?? (required ? throw new LoamException(ErrorCodes.CredentialsUnreadable, $"{path}, which {name} names, does not exist") : null);
}
