using System.CommandLine;
using System.Globalization;
using Loam.Cli.Options;
using Loam.Cli.Output;
using Loam.Cli.Progress;
using Loam.Machines;

namespace Loam.Cli.Commands;

/// <summary><c>loam commit</c>: a stopped workspace's disk, or any ext4 disk, becomes an image.</summary>
internal sealed class CommitCommand
{
    private readonly GlobalOptions _global;
    private readonly RegistryFlags _registry;

    private readonly Argument<string[]> _names = new("workspace image-ref")
    {
        Description = "The stopped workspace, and what the image is to be called; with --from-disk only the latter",
        Arity = new ArgumentArity(1, 2),
    };

    private readonly Option<FileInfo?> _fromDisk = new("--from-disk") { Description = "Commit this ext4 file instead of a workspace's disk", HelpName = "path" };
    private readonly Option<bool> _push = new("--push") { Description = "Push the image when it is made" };
    private readonly Option<string?> _arch = new("--arch") { Description = "The image's processor: amd64, arm64, arm/v7… (default: the base image's, else the guest's)" };
    private readonly Option<FileInfo?> _debugfs = new("--debugfs") { Description = "Extract the disk with this debugfs instead of Loam's own reader; loses owners and more", HelpName = "path" };
    private readonly Option<string?> _backend = new("--backend") { Description = "Accepted so that scripts written for others work; without effect", HelpName = "name" };
    private readonly Option<string?> _author = new("--author") { Description = "Who made the image" };
    private readonly Option<string?> _message = new("--message") { Description = "A note for the image's history" };
    private readonly Option<string[]> _change = new("--change") { Description = "A change of the configuration as in a Dockerfile: ENV, CMD, ENTRYPOINT, USER, WORKDIR, LABEL, EXPOSE, VOLUME, STOPSIGNAL; may be repeated", HelpName = "instruction" };
    private readonly Option<string> _compress = new("--compress") { Description = "How the layer is compressed: gzip[:1-9] or zstd[:1-19]", HelpName = "how", DefaultValueFactory = _ => "gzip" };
    private readonly Option<bool> _layered = new("--layered") { Description = "Keep the base image's layers, and add one with what changed" };
    private readonly Option<string?> _base = new("--base") { Description = "The image that the disk was made from (default: what the workspace was made from)", HelpName = "image" };
    private readonly Option<string?> _created = new("--created") { Description = "When the image says it was made: now, seconds since 1970, or RFC 3339 (default: $SOURCE_DATE_EPOCH, else as its base)", HelpName = "time" };

    private CommitCommand(GlobalOptions global) => (_global, _registry) = (global, new RegistryFlags(global));

    public static Command Create(GlobalOptions global)
    {
        var options = new CommitCommand(global);
        var command = new Command("commit", "Make an image of a stopped workspace, or of an ext4 disk")
        {
            options._names, options._push, options._arch, options._layered, options._fromDisk, options._base, options._author,
            options._message, options._change, options._created, options._compress, options._debugfs, options._backend,
        };
        options._registry.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(options._names) is { } names && names.Length != (result.GetValue(options._fromDisk) is null ? 2 : 1))
            {
                result.AddError("give a workspace and an image's name, or --from-disk and the name alone");
            }
        });
        command.SetAction((parsed, cancellationToken) => options.RunAsync(parsed, cancellationToken));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var names = parsed.GetValue(_names)!;
        var name = ImageReference.Parse(names[^1]);
        var options = Read(parsed);
        var store = _global.OpenStore(parsed);
        var results = new Results(_global.WantsJson(parsed), parsed.GetValue(_global.Quiet));
        var display = _global.Display(parsed);
        var committed = await display.RunAsync(progress => parsed.GetValue(_fromDisk) is { } disk
            ? new Committer(store).CommitDiskAsync(disk.FullName, name, options, progress, cancellationToken)
            : new WorkspaceCommitter(store).CommitAsync(new WorkspaceStore(store).Get(names[0]), name, options, progress, cancellationToken)).ConfigureAwait(false);
        foreach (var warning in committed.Warnings)
        {
            await Console.Error.WriteLineAsync($"loam: warning: {warning}").ConfigureAwait(false);
        }

        var pushed = !parsed.GetValue(_push)
            ? null
            : await _registry.RunAsync(
                parsed,
                registry => display.RunAsync(progress => new ImagePusher(store, registry.Client).PushAsync(
                    name.ToString(), destination: null, new PushOptions { Platform = committed.Image.Platform }, progress, cancellationToken)),
                cancellationToken).ConfigureAwait(false);
        results.Write(
            CommittedJson.From(committed, parsed.GetValue(_fromDisk) is null ? names[0] : null, pushed),
            CliJson.Indented.CommittedJson,
            () => Describe(committed, pushed),
            () => committed.Image.ResolvedRef);
        return 0;
    }

    private CommitOptions Read(ParseResult parsed) => new()
    {
        Platform = parsed.GetValue(_arch) is { } arch ? Platform.Parse($"linux/{arch}") : null,
        Layered = parsed.GetValue(_layered),
        Base = parsed.GetValue(_base),
        Compression = LayerCompression.Parse(parsed.GetValue(_compress)!),
        Author = parsed.GetValue(_author),
        Message = parsed.GetValue(_message),
        Changes = parsed.GetValue(_change) ?? [],
        Created = ReadTime(parsed.GetValue(_created), "--created") ?? ReadTime(Environment.GetEnvironmentVariable("SOURCE_DATE_EPOCH"), "SOURCE_DATE_EPOCH"),
        Debugfs = parsed.GetValue(_debugfs)?.FullName,
    };

    private static DateTimeOffset? ReadTime(string? text, string what)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        if (text == "now")
        {
            return TimeProvider.System.GetUtcNow();
        }

        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds())
        {
            return DateTimeOffset.FromUnixTimeSeconds(seconds);
        }

        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time
            : throw new LoamException(ErrorCodes.Usage, $"{what}: \"{text}\" is no time") { Hint = "Give seconds since 1970, or a time such as 2026-01-31T12:00:00Z." };
    }

    private static string Describe(CommittedImage committed, PushedImage? pushed)
    {
        var rows = new List<string[]>
        {
            new[] { "  digest", committed.Image.Digest.ToString() },
            new[] { "  platform", committed.Image.Platform.ToString() },
            new[] { "  layer", committed.Layer is { } layer
                ? $"{layer.Blob.Digest}, {Sizes.Format(layer.Blob.Size)}, unpacked {Sizes.Format(layer.UncompressedSize)}, {layer.Entries} entries"
                : "none: nothing has changed" },
            new[] { "  layers", $"{committed.Layers.Count}, {Sizes.Format(committed.Layers.Sum(blob => blob.Size))}" },
        };
        if (pushed is not null)
        {
            rows.Add(["  pushed", $"{pushed.Uploaded} blobs sent ({Sizes.Format(pushed.UploadedBytes)}), {pushed.Mounted} mounted, {pushed.Present} there before"]);
        }

        return $"{committed.Image.ImageRef}\n{Columns.Format(rows)}";
    }
}
