using System.CommandLine;
using Loam.Cli.Options;
using Microsoft.Extensions.Logging;

namespace Loam.Cli.Commands;

/// <summary>The options of every command that speaks to a registry, and what config.json says beside them.</summary>
internal sealed class RegistryFlags(GlobalOptions global)
{
    private readonly CredentialOptions _credentials = new(global);
    private readonly Option<bool> _insecure = new("--insecure") { Description = "Speak plain HTTP to the registry" };
    private readonly Option<FileInfo?> _caCerts = new("--ca-certs") { Description = "Further certificate authorities to trust (PEM)", HelpName = "path" };
    private readonly Option<FileInfo?> _certificate = new("--cert") { Description = "A certificate to show to the registry (PEM)", HelpName = "path" };
    private readonly Option<FileInfo?> _key = new("--key") { Description = "The private key of --cert (PEM)", HelpName = "path" };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _insecure, _caCerts, _certificate, _key, _credentials.CredsStdin })
        {
            command.Options.Add(option);
        }

        command.Validators.Add(result =>
        {
            if ((result.GetValue(_certificate) is null) != (result.GetValue(_key) is null))
            {
                result.AddError("--cert and --key go together");
            }
        });
    }

    /// <summary>Runs work with a client of registries.</summary>
    public async Task<T> RunAsync<T>(ParseResult parsed, Func<RegistrySession, Task<T>> work, CancellationToken cancellationToken)
    {
        using var logs = LoggerFactory.Create(builder =>
        {
            if (parsed.GetValue(global.Verbose))
            {
                builder.SetMinimumLevel(LogLevel.Debug).AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
            }
        });
        var configuration = _credentials.LoadConfiguration(parsed);
        var credentials = await _credentials.ReadAsync(parsed, configuration, cancellationToken).ConfigureAwait(false);
        var options = Read(parsed, configuration) with { Credentials = new WarnedLookup(credentials).FindAsync };
        using var client = new RegistryClient(options, logs.CreateLogger("Loam.Registry"));
        return await work(new RegistrySession(client, configuration)).ConfigureAwait(false);
    }

    /// <summary>How registries are spoken to; what the command line says wins over config.json.</summary>
    public RegistryOptions Read(ParseResult parsed, LoamConfiguration configuration) => configuration.ToRegistryOptions() with
    {
        Insecure = parsed.GetValue(_insecure),
        CaCertificates = parsed.GetValue(_caCerts) is { } file ? RegistryOptions.ReadCaCertificates(file.FullName) : null,
        ClientCertificate = parsed.GetValue(_certificate) is { } certificate && parsed.GetValue(_key) is { } key
            ? RegistryOptions.ReadClientCertificate(certificate.FullName, key.FullName)
            : null,
    };

    /// <summary>Tells each warning of the credentials' sources once.</summary>
    private sealed class WarnedLookup(CredentialSources sources)
    {
        private readonly HashSet<string> _told = new(StringComparer.Ordinal);

        public async ValueTask<RegistryCredential?> FindAsync(string host, string repository, CancellationToken cancellationToken)
        {
            var found = await sources.FindAsync(host, repository, cancellationToken).ConfigureAwait(false);
            string[] news;
            lock (_told)
            {
                news = [.. found.Warnings.Where(_told.Add)];
            }

            await CredentialOptions.WarnAsync(news).ConfigureAwait(false);
            return found.Credential;
        }
    }
}
