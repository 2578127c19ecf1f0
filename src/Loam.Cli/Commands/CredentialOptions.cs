using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;

namespace Loam.Cli.Commands;

/// <summary>How a command that speaks to registries comes to its credentials.</summary>
internal sealed class CredentialOptions(GlobalOptions global)
{
    public Option<bool> CredsStdin { get; } = new("--creds-stdin") { Description = "Read user:password for the registry from stdin; it wins over all other sources" };

    /// <summary>The settings of the state folder; what the user should know of them goes to stderr.</summary>
    public LoamConfiguration LoadConfiguration(ParseResult parsed)
    {
        var configuration = LoamConfiguration.Load(parsed.GetValue(global.StateDir));
        foreach (var warning in configuration.Warnings)
        {
            Console.Error.WriteLine($"loam: warning: {warning}");
        }

        return configuration;
    }

    /// <summary>The sources, with the credential on stdin first if the user says that there is one.</summary>
    public async Task<CredentialSources> ReadAsync(ParseResult parsed, LoamConfiguration configuration, CancellationToken cancellationToken)
    {
        if (!parsed.GetValue(CredsStdin))
        {
            return new CredentialSources(configuration);
        }

        var given = await SecretInput.ReadAsync(cancellationToken).ConfigureAwait(false);
        var colon = given.IndexOf(':', StringComparison.Ordinal);
        return colon > 0
            ? new CredentialSources(configuration, new RegistryCredential.Basic(given[..colon], given[(colon + 1)..]))
            : throw new LoamException(ErrorCodes.Usage, "what came on stdin is not user:password") { Hint = "Pipe in the user name, a colon and the password." };
    }

    public static async Task WarnAsync(IEnumerable<string> warnings)
    {
        foreach (var warning in warnings)
        {
            await Console.Error.WriteLineAsync($"loam: warning: {warning}").ConfigureAwait(false);
        }
    }
}
