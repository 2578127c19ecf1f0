using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;

namespace Loam.Cli.Commands;

/// <summary><c>loam store du</c>: disk usage, and what prune would free.</summary>
internal sealed class UsageCommand(GlobalOptions global)
{
    private readonly FormatOption _format = new("json", "text");

    public static LoamCommand Create(GlobalOptions global)
    {
        var usage = new UsageCommand(global);
        return new LoamCommand("du", "Show disk usage, and how much prune would free", usage.RunAsync) { usage._format }
            .WithExamples("loam store du", "loam store du --json | jq .total.reclaimable_bytes");
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var usage = await global.OpenStore(parsed).MeasureAsync(cancellationToken).ConfigureAwait(false);
        global.Results(parsed).Write(
            UsageJson.From(usage),
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
    }

    private static string[] Row(string what, UsageLine line) =>
        [what, $"{line.Count}", Sizes.Format(line.SizeBytes), Sizes.Format(line.AllocatedBytes), Sizes.Format(line.ReclaimableBytes)];
}
