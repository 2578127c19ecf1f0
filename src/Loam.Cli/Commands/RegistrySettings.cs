using System.CommandLine;
using Microsoft.Extensions.Logging;

namespace Loam.Cli;

/// <summary>The options of every command that speaks to a registry.</summary>
internal sealed class RegistrySettings(GlobalOptions global)
{
    public Option<bool> Insecure { get; } = new("--insecure") { Description = "Speak plain HTTP to the registry" };

    public Option<FileInfo?> CaCerts { get; } = new("--ca-certs") { Description = "Further certificate authorities to trust (PEM)", HelpName = "path" };

    public Option<FileInfo?> Certificate { get; } = new("--cert") { Description = "A certificate to show to the registry (PEM)", HelpName = "path" };

    public Option<FileInfo?> Key { get; } = new("--key") { Description = "The private key of --cert (PEM)", HelpName = "path" };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { Insecure, CaCerts, Certificate, Key })
        {
            command.Options.Add(option);
        }

        command.Validators.Add(result =>
        {
            if ((result.GetValue(Certificate) is null) != (result.GetValue(Key) is null))
            {
                result.AddError("--cert and --key go together");
            }
        });
    }

    public RegistryOptions Read(ParseResult parsed) => new()
    {
        Insecure = parsed.GetValue(Insecure),
        CaCertificates = parsed.GetValue(CaCerts) is { } file ? RegistryOptions.ReadCaCertificates(file.FullName) : null,
        ClientCertificate = parsed.GetValue(Certificate) is { } certificate && parsed.GetValue(Key) is { } key
            ? RegistryOptions.ReadClientCertificate(certificate.FullName, key.FullName)
            : null,
    };

    /// <summary>Runs work with a client of registries.</summary>
    public async Task<T> RunAsync<T>(ParseResult parsed, Func<RegistryClient, Task<T>> work)
    {
        using var logs = LoggerFactory.Create(builder =>
        {
            if (parsed.GetValue(global.Verbose))
            {
                builder.SetMinimumLevel(LogLevel.Debug).AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
            }
        });
        using var registry = new RegistryClient(Read(parsed), logs.CreateLogger("Loam.Registry"));
        return await work(registry).ConfigureAwait(false);
    }
}
