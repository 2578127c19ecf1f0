using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;

namespace Loam.Cli.Commands;

/// <summary><c>loam registry list</c>: the stored logins and where they come from; never a secret.</summary>
internal sealed class RegistryListCommand(GlobalOptions global)
{
    private readonly Option<string?> _explain = new("--explain") { Description = "Say which source would be used for this image, and why", HelpName = "ref" };
    private readonly CredentialOptions _credentials = new(global);

    public static LoamCommand Create(GlobalOptions global)
    {
        var list = new RegistryListCommand(global);
        return new LoamCommand("list", "List your logins and where they are stored, without secrets", list.RunAsync) { list._explain, list._credentials }
            .WithAlias("ls").WithExamples("loam registry list", "loam registry list --explain ghcr.io/org/app    # which source would be used, and why");
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var configuration = await _credentials.LoadConfigurationAsync(parsed).ConfigureAwait(false);
        var sources = await _credentials.ReadAsync(parsed, configuration, cancellationToken).ConfigureAwait(false);
        var results = global.Results(parsed);
        if (parsed.GetValue(_explain) is { } name)
        {
            await ExplainAsync(results, sources, ImageReference.Parse(name), cancellationToken).ConfigureAwait(false);
            return 0;
        }

        var known = await sources.ListAsync(cancellationToken).ConfigureAwait(false);
        await Notices.WarnAsync(known.Warnings).ConfigureAwait(false);
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
    }

    private static async Task ExplainAsync(Results results, CredentialSources sources, ImageReference reference, CancellationToken cancellationToken)
    {
        var found = await sources.FindAsync(reference.Registry, reference.Repository, cancellationToken).ConfigureAwait(false);
        await Notices.WarnAsync(found.Warnings).ConfigureAwait(false);
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
