using Loam.References;

namespace Loam.Credentials;

/// <summary>The operating system's own store, behind one helper for all registries.</summary>
internal sealed class OsStoreSource(string helper, Func<string, CredentialHelper> create) : CredentialSource
{
    public override string Name => "os-store";

    public override async Task<CredentialStep> AskAsync(string registry, string repository, CancellationToken cancellationToken) =>
        await create(helper).GetAsync(RegistryKey.HelperServer(registry), cancellationToken).ConfigureAwait(false) is { } credential
            ? new CredentialStep(Name, $"docker-credential-{helper}: {Describe(credential)}", credential)
            : Nothing($"docker-credential-{helper} has nothing for {registry}");

    public override async Task<IReadOnlyList<RegistryLogin>> ListAsync(CancellationToken cancellationToken)
    {
        var known = await create(helper).ListAsync(cancellationToken).ConfigureAwait(false);
        return [.. known.Select(login => new RegistryLogin(RegistryKey.Normalize(login.Key), login.Value, Name, $"docker-credential-{helper}"))];
    }
}

/// <summary>The helpers that credentials files name for registries (<c>credHelpers</c>, <c>credsStore</c>).</summary>
internal sealed class DockerHelpersSource(IReadOnlyList<string> files, Func<string, CredentialHelper> create) : CredentialSource
{
    public override string Name => "docker-helpers";

    public override async Task<CredentialStep> AskAsync(string registry, string repository, CancellationToken cancellationToken)
    {
        foreach (var path in files)
        {
            if (AuthFile.Read(path)?.FindHelper(registry) is not { } helper)
            {
                continue;
            }

            return await create(helper).GetAsync(RegistryKey.HelperServer(registry), cancellationToken).ConfigureAwait(false) is { } credential
                ? new CredentialStep(Name, $"docker-credential-{helper}, which {path} names: {Describe(credential)}", credential)
                : Nothing($"docker-credential-{helper}, which {path} names, has nothing for {registry}");
        }

        return Nothing($"no helper is named for {registry} in {string.Join(" or ", files)}");
    }

    public override async Task<IReadOnlyList<RegistryLogin>> ListAsync(CancellationToken cancellationToken)
    {
        var logins = new List<RegistryLogin>();
        foreach (var file in files.Select(AuthFile.Read).OfType<AuthFile>())
        {
            logins.AddRange(file.Helpers.Select(named => new RegistryLogin(RegistryKey.Normalize(named.Key), null, Name, $"docker-credential-{named.Value}")));
            if (!string.IsNullOrEmpty(file.Store))
            {
                var known = await create(file.Store).ListAsync(cancellationToken).ConfigureAwait(false);
                var program = $"docker-credential-{file.Store}";
                logins.AddRange(known.Select(login => new RegistryLogin(RegistryKey.Normalize(login.Key), login.Value, Name, program)));
            }
        }

        return logins;
    }
}
