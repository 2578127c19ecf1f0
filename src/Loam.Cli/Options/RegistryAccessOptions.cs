using System.CommandLine;
using Loam.Cli.Output;
using Microsoft.Extensions.Logging;

namespace Loam.Cli.Options;

/// <summary>How a command connects to registries: its own options, and what config.json says besides.</summary>
internal sealed class RegistryAccessOptions(GlobalOptions global) : IOptionGroup
{
    private readonly CredentialOptions _credentials = new(global);
    private readonly Option<bool> _insecure = new("--insecure") { Description = "Use plain HTTP" };
    private readonly Option<FileInfo?> _caCerts = new("--ca-certs") { Description = "Trust these certificate authorities too (PEM)", HelpName = "path" };

    private readonly Option<FileInfo?> _certificate = new("--cert")
    {
        Description = "Present this client certificate to the registry (PEM)",
        HelpName = "path",
    };

    private readonly Option<FileInfo?> _key = new("--key") { Description = "The private key of --cert (PEM)", HelpName = "path" };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _insecure, _caCerts, _certificate, _key })
        {
            command.Options.Add(option);
        }

        command.Add(_credentials);
        command.Validators.Add(result =>
        {
            if (result.Has(_certificate) != result.Has(_key))
            {
                result.AddError("--cert and --key must be given together");
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
        var configuration = await _credentials.LoadConfigurationAsync(parsed).ConfigureAwait(false);
        var credentials = await _credentials.ReadAsync(parsed, configuration, cancellationToken).ConfigureAwait(false);
        var options = Read(parsed, configuration) with { Credentials = new WarnedLookup(credentials).FindAsync };
        using var client = new RegistryClient(options, logs);
        return await work(new RegistrySession(client, configuration)).ConfigureAwait(false);
    }

    /// <summary>How to connect to registries; the command line overrides config.json.</summary>
    public RegistryOptions Read(ParseResult parsed, LoamConfiguration configuration) => configuration.ToRegistryOptions() with
    {
        Insecure = parsed.GetValue(_insecure),
        CaCertificates = parsed.GetValue(_caCerts) is { } file ? RegistryOptions.ReadCaCertificates(file.FullName) : null,
        ClientCertificate = parsed.GetValue(_certificate) is { } certificate && parsed.GetValue(_key) is { } key
            ? RegistryOptions.ReadClientCertificate(certificate.FullName, key.FullName)
            : null,
    };

    /// <summary>Looks credentials up, and writes each warning of their sources once.</summary>
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

            await Notices.WarnAsync(news).ConfigureAwait(false);
            return found.Credential;
        }
    }
}
