using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;

namespace Loam.Cli.Commands;

/// <summary><c>loam image tag</c>: another name for an image.</summary>
internal sealed class TagCommand(GlobalOptions global)
{
    private readonly StoredImageArgument _source = new("source");
    private readonly Argument<string> _target = new("target") { Description = "The new name: [host[:port]/]name[:tag]" };

    public static LoamCommand Create(GlobalOptions global)
    {
        var tag = new TagCommand(global);
        return new LoamCommand("tag", "Give an image another name", tag.RunAsync) { tag._source, tag._target }.WithExamples(
            "loam image tag ubuntu:24.04 local/ubuntu:baseline",
            "loam image tag sha256:3c5f9d2a local/ubuntu:baseline");
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var target = ImageReference.Parse(parsed.GetValue(_target)!);
        var tagged = await global.OpenStore(parsed).TagAsync(parsed.GetValue(_source)!, target, cancellationToken).ConfigureAwait(false);
        global.Results(parsed).Write(
            new ImageListJson([.. tagged.Select(ImageJson.From)]),
            CliJson.Indented.ImageListJson,
            () => string.Join('\n', tagged.Select(image => $"{image.ImageRef} {image.Digest}")),
            () => "");
        return 0;
    }
}
