using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;

namespace Loam.Cli.Commands;

/// <summary><c>loam registry list</c>: where one is logged in, and by which source; never a secret.</summary>
internal static class RegistryListCommand
{
    public static Command Create(GlobalOptions global)
    {
        var explain = new Option<string?>("--explain") { Description = "Say which source would be used for an image, and why", HelpName = "ref" };
        var credentials = new CredentialOptions(global);
        var command = new Command("list", "Show where one is logged in, without secrets") { explain };
        command.Options.Add(credentials.CredsStdin);
        command.Aliases.Add("ls");
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var configuration = credentials.LoadConfiguration(parsed);
            var sources = await credentials.ReadAsync(parsed, configuration, cancellationToken).ConfigureAwait(false);
            var results = new Results(global.WantsJson(parsed), parsed.GetValue(global.Quiet));
            if (parsed.GetValue(explain) is { } name)
            {
                await ExplainAsync(results, sources, ImageReference.Parse(name), cancellationToken).ConfigureAwait(false);
                return 0;
            }

            var known = await sources.ListAsync(cancellationToken).ConfigureAwait(false);
            await CredentialOptions.WarnAsync(known.Warnings).ConfigureAwait(false);
            results.Write(
                new RegistryListJson([.. known.Logins.Select(RegistryLoginJson.From)]),
                CliJson.Indented.RegistryListJson,
                () => Columns.Format(
                [
                    ["REGISTRY", "USER", "SOURCE", "WHERE"],
                    .. known.Logins.Select(login => new[] { login.Registry, login.UserName ?? "-", login.Source, login.Where }),
                ]),
                () => string.Join('\n', known.Logins.Select(login => login.Registry)));
            return 0;
        });
        return command;
    }

    private static async Task ExplainAsync(Results results, CredentialSources sources, ImageReference reference, CancellationToken cancellationToken)
    {
        var found = await sources.FindAsync(reference.Registry, reference.Repository, cancellationToken).ConfigureAwait(false);
        await CredentialOptions.WarnAsync(found.Warnings).ConfigureAwait(false);
        results.Write(
            new ExplainJson(
                reference.ToString(),
                found.Source,
                (found.Credential as RegistryCredential.Basic)?.User,
                [.. found.Steps.Select((step, i) => new ExplainStepJson(step.Source, i == found.Steps.Count - 1, step.Why))],
                found.Warnings),
            CliJson.Indented.ExplainJson,
            () => $"{reference}: {found.Source}\n{Columns.Format([.. found.Steps.Select(step => new[] { "  " + step.Source, step.Why })])}",
            () => found.Source);
    }
}
