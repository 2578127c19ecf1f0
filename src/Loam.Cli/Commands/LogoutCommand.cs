using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;

namespace Loam.Cli.Commands;

/// <summary><c>loam registry logout</c>: forgets credentials that <c>registry login</c> stored.</summary>
internal static class LogoutCommand
{
    public static Command Create(GlobalOptions global)
    {
        var registry = new Argument<string?>("registry") { Description = "The registry, as it was logged in to", Arity = ArgumentArity.ZeroOrOne };
        var all = new Option<bool>("--all", "-a") { Description = "Every registry" };
        var command = new Command("logout", "Remove the credential of a registry from auth.json") { registry, all };
        command.Validators.Add(result =>
        {
            if (result.GetValue(registry) is null == !result.GetValue(all))
            {
                result.AddError("name a registry, or pass --all");
            }
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var store = new CredentialFile(parsed.GetValue(global.StateDir));
            IReadOnlyList<string> removed = parsed.GetValue(registry) is { } name
                ? [(await store.RemoveAsync(RegistryName.Parse(name), cancellationToken).ConfigureAwait(false)).ToString()]
                : await store.RemoveAllAsync(cancellationToken).ConfigureAwait(false);
            new Results(global.WantsJson(parsed), parsed.GetValue(global.Quiet)).Write(
                new LogoutJson(removed),
                CliJson.Indented.LogoutJson,
                () => removed.Count == 0 ? $"{store.Path} holds no credentials" : $"Logged out of {string.Join(", ", removed)}",
                () => "");
            return 0;
        });
        return command;
    }
}
