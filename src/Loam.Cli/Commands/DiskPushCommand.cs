using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;
using Loam.Cli.Progress;

namespace Loam.Cli.Commands;

/// <summary><c>loam rootfs push</c>: an image's built disk, beside the image in its registry.</summary>
internal static class DiskPushCommand
{
    public static Command Create(GlobalOptions global)
    {
        var image = new Argument<string>("image") { Description = "An image that is here, with its disk" };
        var destination = new Argument<string?>("destination") { Description = "The repository that has the image (default: that of its own name)", Arity = ArgumentArity.ZeroOrOne };
        var jobs = new Option<int>("--jobs", "-j") { Description = "How many chunks are sent at once", DefaultValueFactory = _ => 4 };
        jobs.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is <= 0 or > 64)
            {
                result.AddError("--jobs takes 1 to 64");
            }
        });
        var flags = new RegistryFlags(global);
        var command = new Command("push", "Push the disk of an image beside the image, for `rootfs pull` and `pull --prefer-disk`") { image, destination, jobs };
        flags.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var results = new Results(global.WantsJson(parsed), parsed.GetValue(global.Quiet));
            var display = global.Display(parsed);
            var store = global.OpenStore(parsed);
            var repository = parsed.GetValue(destination) is { } named ? ImageReference.Parse(named) : null;
            var pushed = await flags.RunAsync(
                parsed,
                registry => display.RunAsync(progress => new DiskPusher(store, registry.Client).PushAsync(
                    parsed.GetValue(image)!, repository, parsed.GetValue(jobs), progress, cancellationToken)),
                cancellationToken).ConfigureAwait(false);
            results.Write(
                new PushedDiskJson(
                    pushed.Image.ToString(), pushed.Destination.ResolvedName, pushed.Sha256, pushed.Chunks, pushed.DataBytes, pushed.UploadedChunks, pushed.UploadedBytes),
                CliJson.Indented.PushedDiskJson,
                () => $"{pushed.Destination.ResolvedName}\n" + Columns.Format(
                [
                    ["  sha256", pushed.Sha256],
                    ["  data", $"{Sizes.Format(pushed.DataBytes)} in {pushed.Chunks} chunks"],
                    ["  sent", $"{pushed.UploadedChunks} chunks, {Sizes.Format(pushed.UploadedBytes)} compressed"],
                ]),
                () => pushed.Destination.ResolvedName);
            return 0;
        });
        return command;
    }
}
