using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;

namespace Loam.Cli.Commands;

/// <summary><c>loam store du</c>: what takes space, and what prune would free.</summary>
internal static class UsageCommand
{
    public static Command Create(GlobalOptions global)
    {
        var format = new FormatOption("json", "text");
        var command = new Command("du", "Show what takes space, and what prune would free") { format };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var usage = await global.OpenStore(parsed).MeasureAsync(cancellationToken).ConfigureAwait(false);
            new Results(global.WantsJson(parsed), parsed.GetValue(global.Quiet)).Write(
                new UsageJson(
                    usage.Images,
                    UsageLineJson.From(usage.Blobs),
                    UsageLineJson.From(usage.Disks),
                    UsageLineJson.From(usage.Unfinished),
                    UsageLineJson.From(usage.Quarantined),
                    UsageLineJson.From(usage.Workspaces),
                    UsageLineJson.From(usage.Total)),
                CliJson.Indented.UsageJson,
                () => Columns.Format(
                [
                    ["WHAT", "COUNT", "SIZE", "ON DISK", "PRUNE FREES"],
                    Row("blobs", usage.Blobs),
                    Row("disks", usage.Disks),
                    Row("unfinished", usage.Unfinished),
                    Row("quarantined", usage.Quarantined),
                    Row("workspaces", usage.Workspaces),
                    Row("total", usage.Total),
                ]),
                () => $"{usage.Total.AllocatedBytes}");
            return 0;
        });
        return command;
    }

    private static string[] Row(string what, UsageLine line) =>
        [what, $"{line.Count}", Sizes.Format(line.SizeBytes), Sizes.Format(line.AllocatedBytes), Sizes.Format(line.ReclaimableBytes)];
}
