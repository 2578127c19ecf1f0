using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;

namespace Loam.Cli.Commands;

/// <summary><c>loam registry login</c>: proves a credential to its registry and stores it.</summary>
internal static class LoginCommand
{
    public static Command Create(GlobalOptions global)
    {
        var registry = new Argument<string>("registry") { Description = "The registry: host[:port], or host[:port]/path for one part of it" };
        var user = new Option<string>("--username", "-u") { Description = "The user name", HelpName = "user", Required = true };
        var passwordStdin = new Option<bool>("--password-stdin") { Description = "Read the password from stdin instead of asking for it" };
        var noVerify = new Option<bool>("--no-verify") { Description = "Store the credential without showing it to the registry" };
        var flags = new RegistryFlags(global);
        var command = new Command("login", "Store the credential of a registry, in auth.json") { registry, user, passwordStdin, noVerify };
        flags.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var key = RegistryName.Parse(parsed.GetValue(registry)!);
            var configuration = LoamConfiguration.Load(parsed.GetValue(global.StateDir));
            var name = parsed.GetValue(user)!;
            var password = parsed.GetValue(passwordStdin)
                ? await SecretInput.ReadAsync(cancellationToken).ConfigureAwait(false)
                : await SecretInput.AskAsync($"Password of {name} at {key}: ", cancellationToken).ConfigureAwait(false);
            var credential = new RegistryCredential.Basic(name, password);
            CredentialFile.Check(credential);
            var verified = !parsed.GetValue(noVerify) && await LoginProof.ProveAsync(key.Host, credential, flags.Read(parsed, configuration), cancellationToken).ConfigureAwait(false);
            var store = new CredentialFile(parsed.GetValue(global.StateDir));
            await store.StoreAsync(key, credential, cancellationToken).ConfigureAwait(false);
            foreach (var warning in await WarningsAsync(configuration, key, verified || parsed.GetValue(noVerify), cancellationToken).ConfigureAwait(false))
            {
                await Console.Error.WriteLineAsync($"loam: warning: {warning}").ConfigureAwait(false);
            }

            new Results(global.WantsJson(parsed), parsed.GetValue(global.Quiet)).Write(
                new LoginJson(key.ToString(), name, verified, store.Path),
                CliJson.Indented.LoginJson,
                () => $"Logged in to {key} as {name}{(verified ? "" : ", unproved")}; stored in {store.Path}",
                () => "");
            return 0;
        });
        return command;
    }

    private static async Task<IReadOnlyList<string>> WarningsAsync(
        LoamConfiguration configuration, RegistryName key, bool settled, CancellationToken cancellationToken)
    {
        var warnings = new List<string>();
        if (!settled)
        {
            warnings.Add($"{key.Host} asks nobody for credentials, so whether these hold is not known");
        }

        try
        {
            var found = await new CredentialSources(configuration).FindAsync(key.Host, key.Path, cancellationToken).ConfigureAwait(false);
            if (found.Source != CredentialSources.OwnFile)
            {
                warnings.Add($"{found.Source} has a credential of {key} too, and comes first");
            }
        }
        catch (LoamException e)
        {
            warnings.Add($"{e.Message}, and comes first");
        }

        return warnings;
    }
}
