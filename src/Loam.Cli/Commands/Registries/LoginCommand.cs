using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;

namespace Loam.Cli.Commands;

/// <summary><c>loam registry login</c>: verifies a credential and stores it.</summary>
internal sealed class LoginCommand(GlobalOptions global)
{
    private readonly Argument<string> _registry = new("registry") { Description = "The registry: host[:port], or host[:port]/path for one part of it" };
    private readonly Option<string> _username = new("--username", "-u") { Description = "The user name", HelpName = "user", Required = true };
    private readonly Option<bool> _passwordStdin = new("--password-stdin") { Description = "Read the password from stdin instead of asking for it" };
    private readonly Option<bool> _noVerify = new("--no-verify") { Description = "Store the credential without trying it" };
    private readonly RegistryAccessOptions _access = new(global);

    public static LoamCommand Create(GlobalOptions global)
    {
        var login = new LoginCommand(global);
        return new LoamCommand("login", "Log in to a registry: verify a credential, and store it in auth.json", login.RunAsync)
        {
            login._registry, login._username, login._passwordStdin, login._noVerify, login._access,
        }.WithExamples(
            "loam registry login registry.example.com -u alice",
            "loam registry login ghcr.io -u octocat --password-stdin < token.txt",
            "loam registry login registry.example.com/team -u robot --password-stdin < token.txt   # for one part of it");
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var registry = RegistryName.Parse(parsed.GetValue(_registry)!);
        var configuration = LoamConfiguration.Load(parsed.GetValue(global.StateDir));
        var user = parsed.GetValue(_username)!;
        var password = parsed.GetValue(_passwordStdin)
            ? await SecretInput.ReadAsync(cancellationToken).ConfigureAwait(false)
            : await SecretInput.AskAsync($"Password for {user} at {registry}: ", cancellationToken).ConfigureAwait(false);
        var credential = new RegistryCredential.Basic(user, password);
        CredentialFile.Check(credential);
        var skipped = parsed.GetValue(_noVerify);
        var verified = !skipped
            && await LoginProof.ProveAsync(registry.Host, credential, _access.Read(parsed, configuration), cancellationToken).ConfigureAwait(false);
        var file = new CredentialFile(parsed.GetValue(global.StateDir));
        await file.StoreAsync(registry, credential, cancellationToken).ConfigureAwait(false);
        if (!verified && !skipped)
        {
            await Notices.WarnAsync([$"{registry.Host} does not require a login, so the credential could not be verified"]).ConfigureAwait(false);
        }

        await Notices.WarnAsync(await FindStrongerAsync(configuration, registry, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        global.Results(parsed).Write(
            new LoginJson(registry.ToString(), user, verified, file.Path),
            CliJson.Indented.LoginJson,
            () => verified
                ? $"Logged in to {registry} as {user}; stored in {file.Path}"
                : $"Stored the login of {user} at {registry} in {file.Path}, not verified",
            () => "");
        return 0;
    }

    /// <summary>Sources that come before the file that was just written.</summary>
    private static async Task<IReadOnlyList<string>> FindStrongerAsync(
        LoamConfiguration configuration, RegistryName registry, CancellationToken cancellationToken)
    {
        try
        {
            var found = await new CredentialSources(configuration).FindAsync(registry.Host, registry.Path, cancellationToken).ConfigureAwait(false);
            return found.Source == CredentialSources.OwnFile ? [] : [$"{found.Source} also has a credential for {registry}, and takes precedence"];
        }
        catch (LoamException e)
        {
            return [$"{e.Message}; it takes precedence over this login"];
        }
    }
}
