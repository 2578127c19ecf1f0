using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;

namespace Loam.Cli.Commands;

/// <summary><c>loam image delete</c>: removes a name, and with <c>--delete</c> what only that name uses.</summary>
internal sealed class DeleteCommand(GlobalOptions global)
{
    private readonly StoredImageArgument _image = new();
    private readonly Option<bool> _free = new("--delete") { Description = "Also delete the disk and the blobs that nothing else uses" };
    private readonly Option<bool> _yes = Confirmation.YesOption();
    private readonly Option<bool> _dryRun = Confirmation.DryRunOption();

    public static LoamCommand Create(GlobalOptions global)
    {
        var delete = new DeleteCommand(global);
        return new LoamCommand("delete", "Remove an image's name", delete.RunAsync) { delete._image, delete._free, delete._yes, delete._dryRun }.WithExamples(
            "loam image delete local/ubuntu:baseline          # only the name",
            "loam image delete ubuntu:24.04 --delete --yes    # and everything that nothing else uses");
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var store = global.OpenStore(parsed);
        string[] images = [parsed.GetValue(_image)!];
        var options = new DeleteOptions { Free = parsed.GetValue(_free), DryRun = parsed.GetValue(_dryRun) };
        if (options is { Free: true, DryRun: false } && !parsed.GetValue(_yes))
        {
            var plan = await store.DeleteAsync(images, options with { DryRun = true }, cancellationToken).ConfigureAwait(false);
            Confirmation.Demand(RemovalText.Describe(plan), global.WantsEnvelope(parsed));
        }

        var report = await store.DeleteAsync(images, options, cancellationToken).ConfigureAwait(false);
        RemovalText.Write(report, global.Results(parsed));
        return 0;
    }
}
