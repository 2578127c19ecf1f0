using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;

namespace Loam.Cli.Commands;

/// <summary><c>loam rootfs inspect</c>: what a disk is and how much it holds.</summary>
internal sealed class DiskInspectCommand(GlobalOptions global)
{
    private readonly DiskArgument _disk = new();

    public static LoamCommand Create(GlobalOptions global)
    {
        var inspect = new DiskInspectCommand(global);
        return new LoamCommand("inspect", "Show a disk's size, UUID, journal and counts", inspect.RunAsync) { inspect._disk }
            .WithExamples("loam rootfs inspect disk.ext4");
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var disk = await _disk.OpenAsync(parsed, cancellationToken).ConfigureAwait(false);
        var facts = DiskFactsJson.Of(parsed.GetValue(_disk)!.FullName, disk);
        await Notices.WarnAsync(facts.Warnings).ConfigureAwait(false);
        global.Results(parsed).Write(facts, CliJson.Indented.DiskFactsJson, () => DiskText.Describe(facts), () => facts.Uuid);
        return 0;
    }
}
