using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;

namespace Loam.Cli.Commands;

/// <summary><c>loam image prune</c>: removes unused data.</summary>
internal sealed class PruneCommand(GlobalOptions global)
{
    private readonly Option<bool> _free = new("--delete") { Description = "Also delete every disk and blob that no name and no workspace uses" };
    private readonly Option<bool> _yes = Confirmation.YesOption();
    private readonly Option<bool> _dryRun = Confirmation.DryRunOption();

    private readonly Option<TimeSpan?> _olderThan = new("--older-than")
    {
        Description = "With --delete: also remove images that were not used for this long: 30d, 12h, 45m",
        HelpName = "age",
        CustomParser = Numbers.Age,
    };

    private readonly FormatOption _format = new("json", "text");

    public static LoamCommand Create(GlobalOptions global)
    {
        var prune = new PruneCommand(global);
        var command = new LoamCommand(
            "prune", "Remove names whose disk is missing and unfinished files; with --delete remove all unused data", prune.RunAsync)
        {
            prune._free, prune._yes, prune._dryRun, prune._olderThan, prune._format,
        };
        command.Validators.Add(result =>
        {
            if (result.Has(prune._olderThan) && !result.Has(prune._free))
            {
                result.AddError("--older-than removes images and their disks, so it needs --delete");
            }
        });
        return command.WithExamples(
            "loam image prune                        # names whose disk is missing, unfinished files",
            "loam image prune --delete --dry-run     # show what nothing uses, and its size",
            "loam image prune --delete --yes --older-than 30d");
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var store = global.OpenStore(parsed);
        var options = new PruneOptions { Free = parsed.GetValue(_free), OlderThan = parsed.GetValue(_olderThan), DryRun = parsed.GetValue(_dryRun) };
        if (options is { Free: true, DryRun: false } && !parsed.GetValue(_yes))
        {
            var plan = await store.PruneAsync(options with { DryRun = true }, cancellationToken).ConfigureAwait(false);
            if (plan.Removed.Count + plan.Freed.Count > 0)
            {
                Confirmation.Demand(RemovalText.Describe(plan), global.WantsEnvelope(parsed));
            }
        }

        var report = await store.PruneAsync(options, cancellationToken).ConfigureAwait(false);
        RemovalText.Write(report, global.Results(parsed));
        return 0;
    }
}
