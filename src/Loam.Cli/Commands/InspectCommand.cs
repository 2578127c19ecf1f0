using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;

namespace Loam.Cli.Commands;

/// <summary><c>loam image inspect</c>: all that is known of an image.</summary>
internal static class InspectCommand
{
    public static Command Create(GlobalOptions global)
    {
        var image = new Argument<string>("image") { Description = "The image: a reference, a digest or its first digits, a short name" };
        var platform = PlatformOption();
        var tree = new Option<bool>("--tree") { Description = "Show what each layer adds, changes and removes, and the space that wastes" };
        var raw = new Option<bool>("--raw") { Description = "Print the manifest's bytes" };
        var config = new Option<bool>("--config") { Description = "Print the configuration's bytes" };
        var format = new FormatOption("json", "text");
        var command = new Command("inspect", "Show an image's layers, configuration, history and disk") { image, tree, raw, config, platform, format };
        command.Validators.Add(result =>
        {
            if (new[] { tree, raw, config }.Count(result.GetValue) > 1)
            {
                result.AddError("--tree, --raw and --config exclude one another");
            }
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var inspector = new ImageInspector(global.OpenStore(parsed));
            var results = new Results(global.WantsJson(parsed), parsed.GetValue(global.Quiet));
            var (name, wanted) = (parsed.GetValue(image)!, ReadPlatform(parsed.GetValue(platform)));
            if (parsed.GetValue(raw) || parsed.GetValue(config))
            {
                var bytes = parsed.GetValue(raw)
                    ? await inspector.ReadManifestAsync(name, wanted, cancellationToken).ConfigureAwait(false)
                    : await inspector.ReadConfigAsync(name, wanted, cancellationToken).ConfigureAwait(false);
                DescriptorStream.Output.Write(bytes.Span);
                return 0;
            }

            var details = await inspector.InspectAsync(name, wanted, cancellationToken).ConfigureAwait(false);
            if (parsed.GetValue(tree))
            {
                var layers = await global.Display(parsed).RunAsync(
                    progress => inspector.ReadTreeAsync(name, wanted, progress, cancellationToken)).ConfigureAwait(false);
                results.Write(TreeText.ToJson(details.Image, layers), CliJson.Indented.TreeJson, () => TreeText.Describe(details, layers), () => details.Image.ImageRef);
                return 0;
            }

            results.Write(InspectText.ToJson(details), CliJson.Indented.DetailsJson, () => InspectText.Describe(details), () => details.Image.ImageRef);
            return 0;
        });
        return command;
    }

    public static Option<string?> PlatformOption() =>
        new("--platform") { Description = "Of an image that is here for several platforms, this one: linux/arm64", HelpName = "os/arch" };

    public static Platform? ReadPlatform(string? text) => text is null ? null : Platform.Parse(text);
}
