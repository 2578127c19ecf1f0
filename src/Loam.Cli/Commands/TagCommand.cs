using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;

namespace Loam.Cli.Commands;

/// <summary><c>loam image tag</c>: a further name for an image.</summary>
internal static class TagCommand
{
    public static Command Create(GlobalOptions global)
    {
        var source = new Argument<string>("source") { Description = "The image: a reference, a digest or its first digits, a short name" };
        var target = new Argument<string>("target") { Description = "The new name: [host[:port]/]name[:tag]" };
        var command = new Command("tag", "Give an image a further name") { source, target };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var store = global.OpenStore(parsed);
            var tagged = await store.TagAsync(parsed.GetValue(source)!, ImageReference.Parse(parsed.GetValue(target)!), cancellationToken).ConfigureAwait(false);
            new Results(global.WantsJson(parsed), parsed.GetValue(global.Quiet)).Write(
                new ImageListJson([.. tagged.Select(ImageJson.From)]),
                CliJson.Indented.ImageListJson,
                () => string.Join('\n', tagged.Select(image => $"{image.ImageRef} {image.Digest}")),
                () => "");
            return 0;
        });
        return command;
    }
}
