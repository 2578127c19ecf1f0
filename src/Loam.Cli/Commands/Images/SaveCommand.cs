using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;

namespace Loam.Cli.Commands;

/// <summary><c>loam image save</c>: images of the store into an archive.</summary>
internal sealed class SaveCommand(GlobalOptions global)
{
    private readonly Argument<string[]> _images = new("image") { Description = "The images: references or digests", Arity = ArgumentArity.OneOrMore };

    private readonly Option<string> _format = new Option<string>("--format")
    {
        Description = "The format: docker (for docker load and podman load) or oci (keeps every digest)",
        DefaultValueFactory = _ => "docker",
    }.OneOf("docker", "oci");

    private readonly Option<string?> _output = new("--output", "-o") { Description = "The archive to write (default, or -: stdout)", HelpName = "path" };

    private readonly Option<string?> _compress = new Option<string?>("--compress")
    {
        Description = "Compress the archive as a whole: gzip or zstd",
    }.OneOf("gzip", "zstd");

    private readonly Option<string?> _platform = new("--platform")
    {
        Description = "The platform: os/architecture, or all (default: for docker this host's, for oci all in the store)",
    };

    public static LoamCommand Create(GlobalOptions global)
    {
        var save = new SaveCommand(global);
        return new LoamCommand("save", "Save images to an archive", save.RunAsync)
        {
            save._images, save._format, save._output, save._compress, save._platform,
        }.WithExamples(
            "loam save alpine -o alpine.tar          # for docker load and podman load",
            "loam save --format oci alpine ubuntu:24.04 -o both.tar   # keeps every digest",
            "loam save --compress zstd alpine | ssh host loam load");
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var options = new SaveOptions
        {
            Format = parsed.GetValue(_format) == "oci" ? ArchiveFormat.Oci : ArchiveFormat.Docker,
            Compression = parsed.GetValue(_compress) switch
            {
                "gzip" => ArchiveCompression.Gzip,
                "zstd" => ArchiveCompression.Zstd,
                _ => ArchiveCompression.None,
            },
            Platforms = parsed.GetValue(_platform) is { } platform ? PlatformSelection.Parse(platform) : null,
        };
        var images = parsed.GetValue(_images)!;
        var path = parsed.GetValue(_output) is { } named and not "-" ? Path.GetFullPath(named) : null;
        if (path is null && !Console.IsOutputRedirected)
        {
            throw new LoamException(ErrorCodes.Usage, "stdout is a terminal, which cannot take an archive")
            {
                Hint = "Name a file with -o, or redirect stdout.",
            };
        }

        var display = global.Display(parsed);
        var saver = new ArchiveSaver(global.OpenStore(parsed));
        var saved = await display.RunAsync(progress => path is null
            ? saver.SaveAsync(images, DescriptorStream.Output, options, progress, cancellationToken)
            : saver.SaveAsync(images, path, options, progress, cancellationToken)).ConfigureAwait(false);
        if (path is not null)
        {
            var size = new FileInfo(path).Length;
            global.Results(parsed).Write(
                new SavedListJson([.. saved.Select(SavedJson.From)], path, parsed.GetValue(_format)!, size),
                CliJson.Indented.SavedListJson,
                () => $"{path} ({Sizes.Format(size)})",
                () => "");
        }

        return 0;
    }
}
