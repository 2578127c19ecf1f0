using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;

namespace Loam.Cli.Commands;

/// <summary><c>loam image push</c>: an image of the store to a registry.</summary>
internal sealed class PushCommand(GlobalOptions global)
{
    private readonly StoredImageArgument _image = new();

    private readonly Argument<string?> _destination = new("destination")
    {
        Description = "The name to push it to (default: the image's own)",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<bool> _allPlatforms = new("--all-platforms")
    {
        Description = "Push the index that the image was pulled from, with the images of all platforms",
    };

    private readonly Option<string?> _arch = new("--arch") { Description = "The architecture to push if the store has several: amd64, arm64, arm/v7…" };

    private readonly Option<int> _jobs = new("--jobs", "-j")
    {
        Description = "How many blobs to send at once",
        DefaultValueFactory = _ => 4,
        CustomParser = result => Numbers.Whole(result, 1, Numbers.MaximumJobs),
    };

    private readonly RegistryAccessOptions _registry = new(global);

    public static LoamCommand Create(GlobalOptions global)
    {
        var push = new PushCommand(global);
        return new LoamCommand("push", "Push an image to a registry", push.RunAsync)
        {
            push._image, push._destination, push._allPlatforms, push._arch, push._jobs, push._registry,
        }.WithExamples(
            "loam push docker.io/library/alpine:latest localhost:5000/alpine:latest",
            "loam push --all-platforms ghcr.io/org/app:1.2");
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var options = new PushOptions
        {
            AllPlatforms = parsed.GetValue(_allPlatforms),
            Platform = parsed.GetValue(_arch) is { } arch ? Platform.Parse($"linux/{arch}") : null,
            Jobs = parsed.GetValue(_jobs),
        };
        var display = global.Display(parsed);
        var store = global.OpenStore(parsed);
        var destination = parsed.GetValue(_destination) is { } name ? ImageReference.Parse(name) : null;
        var pushed = await _registry.RunAsync(
            parsed,
            registry => display.RunAsync(progress => new ImagePusher(store, registry.Client).PushAsync(
                parsed.GetValue(_image)!, destination, options, progress, cancellationToken)),
            cancellationToken).ConfigureAwait(false);
        global.Results(parsed).Write(
            PushedJson.From(pushed), CliJson.Indented.PushedJson, () => Describe(pushed), () => pushed.Destination.WithDigest(pushed.Digest).ToString());
        return 0;
    }

    private static string Describe(PushedImage pushed) => $"{pushed.Destination}\n{Columns.Format(
    [
        ["  digest", pushed.Digest.ToString()],
        ["  blobs", $"{pushed.Uploaded} sent ({Sizes.Format(pushed.UploadedBytes)}), {pushed.Mounted} mounted, {pushed.Present} already there"],
    ])}";
}
