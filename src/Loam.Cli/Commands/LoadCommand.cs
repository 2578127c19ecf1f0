using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;
using Loam.Cli.Progress;

namespace Loam.Cli.Commands;

/// <summary><c>loam image load</c>: images, and their disks, from an archive into the store.</summary>
internal static class LoadCommand
{
    public static Command Create(GlobalOptions global, string description = "Load images from an archive and write their disks")
    {
        var input = new Option<string?>("--input", "-i") { Description = "An archive or an OCI layout folder; without it, or as -, stdin", HelpName = "path" };
        var tag = new Option<string?>("--tag", "-t") { Description = "A further name for the first image", HelpName = "ref" };
        var platform = new Option<string?>("--platform") { Description = "os/architecture, or all (default: this machine's, or the only one)" };
        var noDisk = new Option<bool>("--no-disk") { Description = "Write no disks" };
        var settings = new PullSettings(global, "--guest-init");
        var command = new Command("load", description) { input, tag, platform, settings.SizeMib, settings.Mke2fs, settings.GuestInit, noDisk };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            // Ctrl-C is waited for only once the action is known to run.
            await Task.Yield();
            var options = new LoadOptions
            {
                Name = parsed.GetValue(tag) is { } name ? ImageReference.Parse(name) : null,
                Platforms = PlatformSelection.Parse(parsed.GetValue(platform)),
                Disk = parsed.GetValue(noDisk) ? null : settings.ReadDisk(parsed),
            };
            var source = SourceOf(parsed.GetValue(input));
            var results = new Results(global.WantsJson(parsed), parsed.GetValue(global.Quiet));
            var display = global.Display(parsed);
            var loader = new ArchiveLoader(global.OpenStore(parsed));
            var loaded = await display.RunAsync(progress => loader.LoadAsync(source, options, progress, cancellationToken)).ConfigureAwait(false);
            foreach (var warning in loaded.SelectMany(image => image.Disk?.Warnings ?? []).Distinct(StringComparer.Ordinal))
            {
                await Console.Error.WriteLineAsync($"loam: warning: {warning}").ConfigureAwait(false);
            }

            results.Write(
                new LoadedListJson([.. loaded.SelectMany(image => image.Names.Select(name => LoadedJson.From(image, name)))]),
                CliJson.Indented.LoadedListJson,
                () => Describe(loaded),
                () => "");
            return 0;
        });
        return command;
    }

    private static ArchiveSource SourceOf(string? path)
    {
        if (path is not (null or "-"))
        {
            return ArchiveSource.FromPath(path);
        }

        return Console.IsInputRedirected
            ? ArchiveSource.StandardInput
            : throw new LoamException(ErrorCodes.Usage, "stdin is a terminal, not an archive") { Hint = "Give one with -i, or pipe it in." };
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
