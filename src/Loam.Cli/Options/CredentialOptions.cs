using System.CommandLine;
using Loam.Cli.Output;

namespace Loam.Cli.Options;

/// <summary>Where a command that connects to registries gets its credentials.</summary>
internal sealed class CredentialOptions(GlobalOptions global) : IOptionGroup
{
    private readonly Option<bool> _credsStdin = new("--creds-stdin")
    {
        Description = "Read user:password for the registry from stdin; overrides all other sources",
    };

    public void AddTo(Command command) => command.Options.Add(_credsStdin);

    /// <summary>The settings of the state folder; their warnings go to stderr.</summary>
    public async Task<LoamConfiguration> LoadConfigurationAsync(ParseResult parsed)
    {
        var configuration = LoamConfiguration.Load(parsed.GetValue(global.StateDir));
        await Notices.WarnAsync(configuration.Warnings).ConfigureAwait(false);
        return configuration;
    }

    /// <summary>The sources of credentials, first the one on stdin if there is one.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.Usage"/> where stdin does not hold <c>user:password</c>.</exception>
    public async Task<CredentialSources> ReadAsync(ParseResult parsed, LoamConfiguration configuration, CancellationToken cancellationToken)
    {
        if (!parsed.GetValue(_credsStdin))
        {
            return new CredentialSources(configuration);
        }

        var given = await SecretInput.ReadAsync(cancellationToken).ConfigureAwait(false);
        var colon = given.IndexOf(':', StringComparison.Ordinal);
        return colon > 0
            ? new CredentialSources(configuration, new RegistryCredential.Basic(given[..colon], given[(colon + 1)..]))
            : throw new LoamException(ErrorCodes.Usage, "stdin does not hold user:password") { Hint = "Pipe in the user name, a colon and the password." };
    }
}
