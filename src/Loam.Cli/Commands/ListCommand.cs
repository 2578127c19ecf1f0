using System.CommandLine;

namespace Loam.Cli;

/// <summary><c>loam image list</c>, <c>loam images</c>: what is here.</summary>
internal static class ListCommand
{
    public static Command Create(GlobalOptions global, string name, params string[] aliases)
    {
        var format = new Option<string?>("--format") { Description = "json, or table" };
        format.AcceptOnlyFromAmong("json", "table");
        var command = new Command(name, "Show the images that are here, and their disks") { format };
        foreach (var alias in aliases)
        {
            command.Aliases.Add(alias);
        }

        command.SetAction(parsed =>
        {
            var images = ImageStore.Open(parsed.GetValue(global.StateDir)).List();
            var json = parsed.GetValue(format) is { } asked ? asked == "json" : global.WantsJson(parsed);
            new Results(json, parsed.GetValue(global.Quiet)).Write(
                new ImageListJson([.. images.Select(ImageJson.From)]),
                CliJson.Indented.ImageListJson,
                () => Table(images),
                () => string.Join('\n', images.Select(image => image.ImageRef)));
            return 0;
        });
        return command;
    }

    private static string Table(IReadOnlyList<ImageRecord> images) => Columns.Format(
    [
        ["IMAGE", "DIGEST", "PLATFORM", "SIZE", "LAST USED"],
        .. images.Select(image => new[]
        {
            image.ImageRef,
            $"{image.Digest.Algorithm}:{image.Digest.Hex[..12]}",
            image.Platform.ToString(),
            image.SizeBytes == 0 ? "no disk" : Sizes.Format(image.SizeBytes),
            Times.Format(image.LastUsedAt),
        }),
    ]);
}
