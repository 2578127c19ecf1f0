using System.CommandLine;
using System.CommandLine.Parsing;
using Loam.Cli.Options;
using Loam.Cli.Output;

namespace Loam.Cli.Commands;

/// <summary><c>loam image list</c>, <c>loam images</c>: the images in the store.</summary>
internal sealed class ListCommand
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

    private readonly GlobalOptions _global;

    private readonly Option<string[]> _filters = new("--filter", "-f")
    {
        Description = "List only images that match: reference=GLOB or GLOB, dangling=true|false, label=KEY[=VALUE]; may be repeated",
        HelpName = "filter",
        DefaultValueFactory = _ => [],
    };

    private readonly Option<string?> _columns = new("--columns")
    {
        Description = $"Show these columns, in this order: {string.Join(',', Known.Select(column => column.Name))}",
        HelpName = "a,b,c",
    };

    private readonly FormatOption _format = new("json", "table");

    private ListCommand(GlobalOptions global)
    {
        _global = global;
        _filters.Validators.Add(CheckFilters);
        _columns.Validators.Add(CheckColumns);
    }

    public static LoamCommand Create(GlobalOptions global, string name)
    {
        var list = new ListCommand(global);
        return new LoamCommand(name, "List the images in the store and their disks", list.Run) { list._filters, list._columns, list._format }.WithExamples(
            "loam images",
            "loam images -q                          # print only the references",
            "loam image list --json",
            "loam images --filter 'ubuntu:*' --columns image,size,path",
            "loam images --filter dangling=true      # images whose disk is missing",
            "loam images --filter label=org.opencontainers.image.vendor=Debian");
    }

    private int Run(ParseResult parsed)
    {
        var filter = parsed.GetValue(_filters)!.Aggregate(new ImageFilter(), (so, text) => ReadFilter(so, text)!);
        var images = _global.OpenStore(parsed).List(filter);
        var shown = parsed.GetValue(_columns) is { } chosen ? Split(chosen) : Usual;
        _global.Results(parsed).Write(
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
    }

    private static void CheckFilters(OptionResult result)
    {
        foreach (var text in result.Tokens.Select(token => token.Value).Where(text => ReadFilter(new ImageFilter(), text) is null))
        {
            result.AddError($"--filter takes reference=GLOB, dangling=true|false or label=KEY[=VALUE], not \"{text}\"");
        }
    }

    private static void CheckColumns(OptionResult result)
    {
        var columns = result.Tokens.SelectMany(token => Split(token.Value));
        foreach (var column in columns.Where(column => !Array.Exists(Known, known => known.Name == column)))
        {
            result.AddError($"--columns takes {string.Join(", ", Known.Select(known => known.Name))}, not \"{column}\"");
        }
    }

    private static IReadOnlyList<string[]> Table(IReadOnlyList<ImageRecord> images, (string Name, string Title, Func<ImageRecord, string> Cell)[] columns) =>
        [Array.ConvertAll(columns, column => column.Title), .. images.Select(image => Array.ConvertAll(columns, column => column.Cell(image)))];

    private static string[] Split(string? columns) =>
        columns?.ToLowerInvariant().Replace('-', '_').Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];

    /// <returns>The filter with one more condition; null where the text is not a condition.</returns>
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
