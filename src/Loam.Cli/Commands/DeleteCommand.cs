using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;

namespace Loam.Cli.Commands;

/// <summary><c>loam image delete</c>: takes a name away, and with <c>--delete</c> what only it leads to.</summary>
internal static class DeleteCommand
{
    public static Command Create(GlobalOptions global)
    {
        var image = new Argument<string>("image") { Description = "The image: a reference, a digest or its first digits, a short name" };
        var free = new Option<bool>("--delete") { Description = "Also delete the disk and the blobs that nothing else uses" };
        var yes = Confirmation.Option();
        var dryRun = Confirmation.DryRunOption();
        var command = new Command("delete", "Remove an image's name") { image, free, yes, dryRun };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var store = global.OpenStore(parsed);
            string[] images = [parsed.GetValue(image)!];
            var options = new DeleteOptions { Free = parsed.GetValue(free), DryRun = parsed.GetValue(dryRun) };
            if (options is { Free: true, DryRun: false } && !parsed.GetValue(yes))
            {
                var plan = await store.DeleteAsync(images, options with { DryRun = true }, cancellationToken).ConfigureAwait(false);
                Confirmation.Demand(RemovalText.Describe(plan), global.WantsEnvelope(parsed));
            }

            var report = await store.DeleteAsync(images, options, cancellationToken).ConfigureAwait(false);
            RemovalText.Write(report, new Results(global.WantsJson(parsed), parsed.GetValue(global.Quiet)));
            return 0;
        });
        return command;
    }
}
