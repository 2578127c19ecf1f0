using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;

namespace Loam.Cli.Commands;

/// <summary><c>loam registry logout</c>: removes credentials that <c>registry login</c> stored.</summary>
internal sealed class LogoutCommand(GlobalOptions global)
{
    private readonly Argument<string?> _registry = new("registry") { Description = "The registry, as it was named at login", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<bool> _all = new("--all", "-a") { Description = "Log out of every registry" };

    public static LoamCommand Create(GlobalOptions global)
    {
        var logout = new LogoutCommand(global);
        var command = new LoamCommand("logout", "Log out of a registry: remove its credential from auth.json", logout.RunAsync)
        {
            logout._registry, logout._all,
        };
        command.Validators.Add(result =>
        {
            if (result.Has(logout._registry) == result.Has(logout._all))
            {
                result.AddError("name a registry, or pass --all");
            }
        });
        return command.WithExamples("loam registry logout ghcr.io", "loam registry logout --all");
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var file = new CredentialFile(parsed.GetValue(global.StateDir));
        IReadOnlyList<string> removed = parsed.GetValue(_registry) is { } name
            ? [(await file.RemoveAsync(RegistryName.Parse(name), cancellationToken).ConfigureAwait(false)).ToString()]
            : await file.RemoveAllAsync(cancellationToken).ConfigureAwait(false);
        global.Results(parsed).Write(
            new LogoutJson(removed),
            CliJson.Indented.LogoutJson,
            () => removed.Count == 0 ? $"{file.Path} has no credentials" : $"Logged out of {string.Join(", ", removed)}",
            () => "");
        return 0;
    }
}
