using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;

namespace Loam.Cli.Commands;

/// <summary><c>loam rootfs push</c>: an image's built disk, beside the image in its registry.</summary>
internal sealed class DiskPushCommand(GlobalOptions global)
{
    private readonly StoredImageArgument _image = new();

    private readonly Argument<string?> _destination = new("destination")
    {
        Description = "The repository that has the image (default: the image's own)",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<int> _jobs = new("--jobs", "-j")
    {
        Description = "How many chunks to send at once",
        DefaultValueFactory = _ => 4,
        CustomParser = result => Numbers.Whole(result, 1, Numbers.MaximumJobs),
    };

    private readonly RegistryAccessOptions _registry = new(global);

    public static LoamCommand Create(GlobalOptions global)
    {
        var push = new DiskPushCommand(global);
        return new LoamCommand("push", "Push an image's disk to its registry, for `rootfs pull` and `pull --prefer-disk`", push.RunAsync)
        {
            push._image, push._destination, push._jobs, push._registry,
        }.WithExamples("loam push ghcr.io/org/app:1.2 && loam rootfs push ghcr.io/org/app:1.2   # others need not build the disk");
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var display = global.Display(parsed);
        var store = global.OpenStore(parsed);
        var destination = parsed.GetValue(_destination) is { } name ? ImageReference.Parse(name) : null;
        var pushed = await _registry.RunAsync(
            parsed,
            registry => display.RunAsync(progress => new DiskPusher(store, registry.Client).PushAsync(
                parsed.GetValue(_image)!, destination, parsed.GetValue(_jobs), progress, cancellationToken)),
            cancellationToken).ConfigureAwait(false);
        global.Results(parsed).Write(
            PushedDiskJson.From(pushed), CliJson.Indented.PushedDiskJson, () => Describe(pushed), () => pushed.Destination.ResolvedName);
        return 0;
    }

    private static string Describe(PushedDisk pushed) => $"{pushed.Destination.ResolvedName}\n{Columns.Format(
    [
        ["  sha256", pushed.Sha256],
        ["  data", $"{Sizes.Format(pushed.DataBytes)} in {pushed.Chunks} chunks"],
        ["  sent", $"{pushed.UploadedChunks} chunks, {Sizes.Format(pushed.UploadedBytes)} compressed"],
    ])}";
}
