using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;

namespace Loam.Cli.Commands;

/// <summary><c>loam image load</c>: images, and their disks, from an archive into the store.</summary>
internal sealed class LoadCommand(GlobalOptions global)
{
    private readonly Option<string?> _input = new("--input", "-i")
    {
        Description = "The archive or OCI layout folder to read (default, or -: stdin)",
        HelpName = "path",
    };

    private readonly Option<string?> _tag = new("--tag", "-t") { Description = "Another name for the first image", HelpName = "ref" };
    private readonly Option<string?> _platform = new("--platform")
    {
        Description = "The platform: os/architecture, or all (default: this host's, or the only one)",
    };
    private readonly DiskLayoutOptions _disk = new("--guest-init");
    private readonly Option<bool> _noDisk = new("--no-disk") { Description = "Do not build disks" };

    public static LoamCommand Create(GlobalOptions global)
    {
        var load = new LoadCommand(global);
        return new LoamCommand("load", "Load images from an archive and build their disks", load.RunAsync)
        {
            load._input, load._tag, load._platform, load._disk, load._noDisk,
        }.WithExamples(
            "loam load -i app.tar.zst -t registry.example/app:1",
            "loam load -i layout/ --platform all     # an OCI layout folder with all its platforms",
            "docker save alpine | loam load");
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var options = new LoadOptions
        {
            Name = parsed.GetValue(_tag) is { } name ? ImageReference.Parse(name) : null,
            Platforms = PlatformSelection.Parse(parsed.GetValue(_platform)),
            Disk = parsed.GetValue(_noDisk) ? null : _disk.Read(parsed),
        };
        var source = SourceOf(parsed.GetValue(_input));
        var display = global.Display(parsed);
        var loader = new ArchiveLoader(global.OpenStore(parsed));
        var loaded = await display.RunAsync(progress => loader.LoadAsync(source, options, progress, cancellationToken)).ConfigureAwait(false);
        await Notices.WarnAsync(loaded.SelectMany(image => image.Disk?.Warnings ?? []).Distinct(StringComparer.Ordinal)).ConfigureAwait(false);
        global.Results(parsed).Write(
            new LoadedListJson([.. loaded.SelectMany(image => image.Names.Select(name => LoadedJson.From(image, name)))]),
            CliJson.Indented.LoadedListJson,
            () => Describe(loaded),
            () => "");
        return 0;
    }

    private static ArchiveSource SourceOf(string? path)
    {
        if (path is not (null or "-"))
        {
            return ArchiveSource.FromPath(path);
        }

        return Console.IsInputRedirected
            ? ArchiveSource.StandardInput
            : throw new LoamException(ErrorCodes.Usage, "stdin is a terminal, not an archive") { Hint = "Name an archive with -i, or pipe one in." };
    }

    private static string Describe(IReadOnlyList<LoadedImage> images) => Columns.Format(
    [
        ["IMAGE", "DIGEST", "PLATFORM", "DISK"],
        .. images.SelectMany(image => image.Names.Select(name => new[]
        {
            name.ImageRef,
            Digests.Short(name.Digest),
            name.Platform.ToString(),
            image.Disk is null ? "none" : name.OutputPath,
        })),
    ]);
}
