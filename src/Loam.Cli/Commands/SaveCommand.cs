using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;
using Loam.Cli.Progress;

namespace Loam.Cli.Commands;

/// <summary><c>loam image save</c>: images of the store into an archive.</summary>
internal static class SaveCommand
{
    public static Command Create(GlobalOptions global, string description = "Save images to an archive")
    {
        var images = new Argument<string[]>("image") { Description = "References or digests", Arity = ArgumentArity.OneOrMore };
        var format = new Option<string>("--format") { Description = "docker (docker load, podman load) or oci (keeps every digest)", DefaultValueFactory = _ => "docker" };
        format.AcceptOnlyFromAmong("docker", "oci");
        var output = new Option<string?>("--output", "-o") { Description = "The archive to write; without it, or as -, stdout", HelpName = "path" };
        var compress = new Option<string?>("--compress") { Description = "Compress the archive as a whole: gzip or zstd" };
        compress.AcceptOnlyFromAmong("gzip", "zstd");
        var platform = new Option<string?>("--platform") { Description = "os/architecture, or all (default: docker this machine's, oci all that are here)" };
        var command = new Command("save", description) { images, format, output, compress, platform };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            // Ctrl-C is waited for only once the action is known to run.
            await Task.Yield();
            var options = new SaveOptions
            {
                Format = parsed.GetValue(format) == "oci" ? ArchiveFormat.Oci : ArchiveFormat.Docker,
                Compression = parsed.GetValue(compress) switch { "gzip" => ArchiveCompression.Gzip, "zstd" => ArchiveCompression.Zstd, _ => ArchiveCompression.None },
                Platforms = parsed.GetValue(platform) is { } stated ? PlatformSelection.Parse(stated) : null,
            };
            var path = parsed.GetValue(output) is { } named and not "-" ? Path.GetFullPath(named) : null;
            if (path is null && !Console.IsOutputRedirected)
            {
                throw new LoamException(ErrorCodes.Usage, "stdout is a terminal, no place for an archive") { Hint = "Give a file with -o, or redirect stdout." };
            }

            var results = new Results(global.WantsJson(parsed), parsed.GetValue(global.Quiet));
            var display = global.Display(parsed);
            var saver = new ArchiveSaver(global.OpenStore(parsed));
            var saved = await display.RunAsync(progress => path is null
                ? saver.SaveAsync(parsed.GetValue(images)!, DescriptorStream.Output, options, progress, cancellationToken)
                : saver.SaveAsync(parsed.GetValue(images)!, path, options, progress, cancellationToken)).ConfigureAwait(false);
            if (path is not null)
            {
                var size = new FileInfo(path).Length;
                results.Write(
                    new SavedListJson([.. saved.Select(SavedJson.From)], path, parsed.GetValue(format)!, size),
                    CliJson.Indented.SavedListJson,
                    () => $"{path} ({Sizes.Format(size)})",
                    () => "");
            }

            return 0;
        });
        return command;
    }
}
