using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;

namespace Loam.Cli.Commands;

/// <summary><c>loam image list</c>, <c>loam images</c>: what is here.</summary>
internal static class ListCommand
{
    private static readonly (string Name, string Title, Func<ImageRecord, string> Cell)[] Known =
    [
        ("image", "IMAGE", image => image.ImageRef),
        ("digest", "DIGEST", image => Digests.Short(image.Digest)),
        ("platform", "PLATFORM", image => image.Platform.ToString()),
        ("size", "SIZE", image => image.SizeBytes == 0 ? "no disk" : Sizes.Format(image.SizeBytes)),
        ("last_used", "LAST USED", image => Times.Format(image.LastUsedAt)),
        ("resolved", "RESOLVED", image => image.ResolvedRef),
        ("path", "PATH", image => image.OutputPath),
        ("bytes", "BYTES", image => $"{image.SizeBytes}"),
    ];

    private static readonly string[] Usual = ["image", "digest", "platform", "size", "last_used"];

    public static Command Create(GlobalOptions global, string name, params string[] aliases)
    {
        var filters = new Option<string[]>("--filter", "-f")
        {
            Description = "Only images that fit: reference=GLOB or GLOB, dangling=true|false, label=KEY[=VALUE]; all that are given",
            HelpName = "filter",
            DefaultValueFactory = _ => [],
        };
        var columns = new Option<string?>("--columns")
        {
            Description = $"Which columns, in order: {string.Join(',', Known.Select(column => column.Name))}",
            HelpName = "a,b,c",
        };
        var format = new FormatOption("json", "table");
        filters.Validators.Add(result =>
        {
            foreach (var text in result.GetValueOrDefault<string[]>() ?? [])
            {
                if (ReadFilter(new ImageFilter(), text) is null)
                {
                    result.AddError($"\"{text}\" is not a filter: reference=GLOB, dangling=true|false, label=KEY[=VALUE]");
                }
            }
        });
        columns.Validators.Add(result =>
        {
            foreach (var column in Split(result.GetValueOrDefault<string?>()).Where(column => !Array.Exists(Known, known => known.Name == column)))
            {
                result.AddError($"\"{column}\" is not a column: {string.Join(", ", Known.Select(known => known.Name))}");
            }
        });
        var command = new Command(name, "Show the images that are here, and their disks") { filters, columns, format };
        foreach (var alias in aliases)
        {
            command.Aliases.Add(alias);
        }

        command.SetAction(parsed =>
        {
            var filter = parsed.GetValue(filters)!.Aggregate(new ImageFilter(), (so, text) => ReadFilter(so, text)!);
            var images = global.OpenStore(parsed).List(filter);
            var shown = parsed.GetValue(columns) is { } chosen ? Split(chosen) : Usual;
            new Results(global.WantsJson(parsed), parsed.GetValue(global.Quiet)).Write(
                () => new ImageListJson([.. images.Select(ImageJson.From)]),
                CliJson.Indented.ImageListJson,
                output => Columns.Write(output, Table(images, [.. shown.Select(column => Array.Find(Known, known => known.Name == column))])),
                output =>
                {
                    foreach (var image in images)
                    {
                        output.WriteLine(image.ImageRef);
                    }
                });
            return 0;
        });
        return command;
    }

    private static IReadOnlyList<string[]> Table(IReadOnlyList<ImageRecord> images, (string Name, string Title, Func<ImageRecord, string> Cell)[] columns) =>
        [Array.ConvertAll(columns, column => column.Title), .. images.Select(image => Array.ConvertAll(columns, column => column.Cell(image)))];

    private static string[] Split(string? columns) =>
        columns?.ToLowerInvariant().Replace('-', '_').Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];

    /// <returns>The filter with one more condition; null where the text is none.</returns>
    private static ImageFilter? ReadFilter(ImageFilter filter, string text) => text.Split('=', 2) switch
    {
        ["dangling", "true"] => filter with { Dangling = true },
        ["dangling", "false"] => filter with { Dangling = false },
        ["label", { Length: > 0 } label] => filter with { Labels = [.. filter.Labels, label] },
        ["reference", { Length: > 0 } glob] => filter with { Reference = glob },
        [{ Length: > 0 } glob] => filter with { Reference = glob },
        _ => null,
    };
}
