using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Loam.Cli.Options;
using Loam.Cli.Output;

namespace Loam.Cli.Commands;

/// <summary><c>loam image prune</c>: what is of no use goes.</summary>
internal static class PruneCommand
{
    public static Command Create(GlobalOptions global)
    {
        var free = new Option<bool>("--delete") { Description = "Also delete every disk and blob that no name and no workspace uses" };
        var yes = Confirmation.Option();
        var dryRun = Confirmation.DryRunOption();
        var olderThan = new Option<TimeSpan?>("--older-than")
        {
            Description = "With --delete: also remove images not used for so long: 30d, 12h, 45m",
            HelpName = "age",
            CustomParser = ParseAge,
        };
        var format = new FormatOption("json", "text");
        var command = new Command("prune", "Remove names whose disk is gone and unfinished files; with --delete all that is unused")
        {
            free, yes, dryRun, olderThan, format,
        };
        command.Validators.Add(result =>
        {
            if (result.GetResult(olderThan) is not null && !result.GetValue(free))
            {
                result.AddError("--older-than removes images and their disks, so it needs --delete");
            }
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var store = global.OpenStore(parsed);
            var options = new PruneOptions { Free = parsed.GetValue(free), OlderThan = parsed.GetValue(olderThan), DryRun = parsed.GetValue(dryRun) };
            if (options is { Free: true, DryRun: false } && !parsed.GetValue(yes))
            {
                var plan = await store.PruneAsync(options with { DryRun = true }, cancellationToken).ConfigureAwait(false);
                if (plan.Removed.Count + plan.Freed.Count > 0)
                {
                    Confirmation.Demand(RemovalText.Describe(plan), global.WantsEnvelope(parsed));
                }
            }

            var report = await store.PruneAsync(options, cancellationToken).ConfigureAwait(false);
            RemovalText.Write(report, new Results(global.WantsJson(parsed), parsed.GetValue(global.Quiet)));
            return 0;
        });
        return command;
    }

    private static TimeSpan? ParseAge(ArgumentResult result)
    {
        var text = result.Tokens.Count > 0 ? result.Tokens[0].Value : "";
        if (text.Length > 1 && double.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count) && count < 100_000)
        {
            switch (text[^1])
            {
                case 'w': return TimeSpan.FromDays(count * 7);
                case 'd': return TimeSpan.FromDays(count);
                case 'h': return TimeSpan.FromHours(count);
                case 'm': return TimeSpan.FromMinutes(count);
                case 's': return TimeSpan.FromSeconds(count);
            }
        }

        result.AddError($"\"{text}\" is not an age: write 30d, 12h or 45m");
        return null;
    }
}
