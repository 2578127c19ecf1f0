using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;
using Loam.Cli.Progress;

namespace Loam.Cli.Commands;

/// <summary><c>loam image push</c>: an image of the store to a registry.</summary>
internal static class PushCommand
{
    public static Command Create(GlobalOptions global, string description = "Push an image to a registry")
    {
        var image = new Argument<string>("image") { Description = "An image that is here" };
        var destination = new Argument<string?>("destination") { Description = "Where it goes (default: the image's own name)", Arity = ArgumentArity.ZeroOrOne };
        var all = new Option<bool>("--all-platforms") { Description = "Push the index it was pulled from, with the images of all platforms" };
        var arch = new Option<string?>("--arch") { Description = "Which platform's image, where several are here: amd64, arm64, arm/v7…" };
        var jobs = new Option<int>("--jobs", "-j") { Description = "How many blobs are sent at once", DefaultValueFactory = _ => 4 };
        jobs.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is <= 0 or > 64)
            {
                result.AddError("--jobs takes 1 to 64");
            }
        });
        var settings = new RegistryFlags(global);
        var command = new Command("push", description) { image, destination, all, arch, jobs };
        settings.AddTo(command);
        command.SetAction((parsed, cancellationToken) => RunAsync(
            global,
            settings,
            parsed,
            parsed.GetValue(image)!,
            parsed.GetValue(destination),
            new PushOptions
            {
                AllPlatforms = parsed.GetValue(all),
                Platform = parsed.GetValue(arch) is { } wanted ? Platform.Parse($"linux/{wanted}") : null,
                Jobs = parsed.GetValue(jobs),
            },
            cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(
        GlobalOptions global, RegistryFlags settings, ParseResult parsed, string image, string? destination, PushOptions options, CancellationToken cancellationToken)
    {
        var results = new Results(global.WantsJson(parsed), parsed.GetValue(global.Quiet));
        var display = global.Display(parsed);
        var store = global.OpenStore(parsed);
        var pushed = await settings.RunAsync(parsed, registry => display.RunAsync(progress => new ImagePusher(store, registry.Client).PushAsync(
            image, destination is null ? null : ImageReference.Parse(destination), options, progress, cancellationToken)), cancellationToken).ConfigureAwait(false);
        results.Write(
            new PushedJson(
                pushed.Source.ToString(), pushed.Destination.ToString(), pushed.Digest.ToString(), pushed.Uploaded, pushed.UploadedBytes, pushed.Mounted, pushed.Present),
            CliJson.Indented.PushedJson,
            () => $"{pushed.Destination}\n" + Columns.Format(
            [
                ["  digest", pushed.Digest.ToString()],
                ["  blobs", $"{pushed.Uploaded} sent ({Sizes.Format(pushed.UploadedBytes)}), {pushed.Mounted} mounted, {pushed.Present} there before"],
            ]),
            () => pushed.Destination.WithDigest(pushed.Digest).ToString());
        return 0;
    }
}
