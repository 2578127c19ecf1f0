using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;

namespace Loam.Cli.Commands;

/// <summary><c>loam image inspect</c>: all that is known of an image.</summary>
internal sealed class InspectCommand(GlobalOptions global)
{
    private readonly StoredImageArgument _image = new();
    private readonly PlatformOption _platform = new();
    private readonly Option<bool> _tree = new("--tree") { Description = "Show what each layer adds, changes and removes, and the space that this wastes" };
    private readonly Option<bool> _raw = new("--raw") { Description = "Print the manifest as it is stored" };
    private readonly Option<bool> _config = new("--config") { Description = "Print the configuration as it is stored" };
    private readonly FormatOption _format = new("json", "text");

    public static LoamCommand Create(GlobalOptions global)
    {
        var inspect = new InspectCommand(global);
        var command = new LoamCommand("inspect", "Show an image's layers, configuration, history and disk", inspect.RunAsync)
        {
            inspect._image, inspect._tree, inspect._raw, inspect._config, inspect._platform, inspect._format,
        };
        command.Validators.Add(result =>
        {
            if (new[] { inspect._tree, inspect._raw, inspect._config }.Count(result.Has) > 1)
            {
                result.AddError("--tree, --raw and --config cannot be combined");
            }
        });
        return command.WithExamples(
            "loam image inspect alpine",
            "loam image inspect 3c5f9d2a             # the first digits of its digest",
            "loam image inspect alpine --tree        # what each layer adds, changes, removes and wastes",
            "loam image inspect alpine --config | jq .config.Env");
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var inspector = new ImageInspector(global.OpenStore(parsed));
        var results = global.Results(parsed);
        var (name, platform) = (parsed.GetValue(_image)!, _platform.Read(parsed));
        if (parsed.GetValue(_raw) || parsed.GetValue(_config))
        {
            var bytes = parsed.GetValue(_raw)
                ? await inspector.ReadManifestAsync(name, platform, cancellationToken).ConfigureAwait(false)
                : await inspector.ReadConfigAsync(name, platform, cancellationToken).ConfigureAwait(false);
            DescriptorStream.Output.Write(bytes.Span);
            return 0;
        }

        var details = await inspector.InspectAsync(name, platform, cancellationToken).ConfigureAwait(false);
        if (parsed.GetValue(_tree))
        {
            var layers = await global.Display(parsed).RunAsync(
                progress => inspector.ReadTreeAsync(name, platform, progress, cancellationToken)).ConfigureAwait(false);
            results.Write(
                TreeText.ToJson(details.Image, layers), CliJson.Indented.TreeJson, () => TreeText.Describe(details, layers), () => details.Image.ImageRef);
            return 0;
        }

        results.Write(InspectText.ToJson(details), CliJson.Indented.DetailsJson, () => InspectText.Describe(details), () => details.Image.ImageRef);
        return 0;
    }
}
