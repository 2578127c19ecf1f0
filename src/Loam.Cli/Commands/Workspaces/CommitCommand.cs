using System.CommandLine;
using System.Globalization;
using Loam.Cli.Options;
using Loam.Cli.Output;
using Loam.Machines;

namespace Loam.Cli.Commands;

/// <summary><c>loam commit</c>: a stopped workspace's disk, or any ext4 disk, becomes an image.</summary>
internal sealed class CommitCommand(GlobalOptions global)
{
    private readonly Argument<string[]> _names = new("workspace image-ref")
    {
        Description = "The stopped workspace and the name of the new image; with --from-disk only the image's name",
        Arity = new ArgumentArity(1, 2),
    };

    private readonly Option<bool> _push = new("--push") { Description = "Push the new image to its registry" };

    private readonly Option<string?> _arch = new("--arch")
    {
        Description = "The architecture of the image: amd64, arm64, arm/v7… (default: the base image's, else the guest's)",
    };

    private readonly Option<bool> _layered = new("--layered") { Description = "Keep the base image's layers, and add one with what changed" };

    private readonly Option<FileInfo?> _fromDisk = new("--from-disk")
    {
        Description = "Commit this ext4 file instead of a workspace's disk",
        HelpName = "path",
    };

    private readonly Option<string?> _base = new("--base")
    {
        Description = "The image that the disk was made from (default: the workspace's image)",
        HelpName = "image",
    };

    private readonly Option<string?> _author = new("--author") { Description = "The author of the image" };
    private readonly Option<string?> _message = new("--message") { Description = "A comment for the image's history" };

    private readonly Option<string[]> _change = new("--change")
    {
        Description = "Change the configuration with a line as in a Dockerfile: "
            + "ENV, CMD, ENTRYPOINT, USER, WORKDIR, LABEL, EXPOSE, VOLUME or STOPSIGNAL; may be repeated",
        HelpName = "instruction",
    };

    private readonly Option<string?> _created = new("--created")
    {
        Description = "The image's date: now, seconds since 1970, or RFC 3339 (default: $SOURCE_DATE_EPOCH, else the base image's)",
        HelpName = "time",
    };

    private readonly Option<string> _compress = new("--compress")
    {
        Description = "How to compress the layer: gzip[:1-9] or zstd[:1-19]",
        HelpName = "how",
        DefaultValueFactory = _ => "gzip",
    };

    private readonly Option<FileInfo?> _debugfs = new("--debugfs")
    {
        Description = "Extract the disk with this debugfs instead of Loam's own reader; loses owners and more",
        HelpName = "path",
    };

    private readonly Option<string?> _backend = new("--backend") { Description = "Has no effect; accepted for scripts that pass it", HelpName = "name" };
    private readonly RegistryAccessOptions _registry = new(global);

    public static LoamCommand Create(GlobalOptions global)
    {
        var commit = new CommitCommand(global);
        var command = new LoamCommand("commit", "Create an image from a stopped workspace or an ext4 disk", commit.RunAsync)
        {
            commit._names, commit._push, commit._arch, commit._layered, commit._fromDisk, commit._base, commit._author,
            commit._message, commit._change, commit._created, commit._compress, commit._debugfs, commit._backend, commit._registry,
        };
        command.Validators.Add(result =>
        {
            var names = result.Has(commit._fromDisk) ? 1 : 2;
            if (result.GetResult(commit._names) is { } given && given.Tokens.Count != names)
            {
                result.AddError(names == 1
                    ? "--from-disk takes the name of the new image, and no workspace"
                    : "give a workspace and the name of the new image");
            }
        });
        return command.WithExamples(
            "loam halt research && loam commit research registry.example/team/research:v1",
            "loam commit research registry.example/team/research:v1 --push --layered     # sends only what changed",
            "loam commit research local/research:v2 --change 'ENV MODE=fast' --change 'CMD [\"serve\"]' --message 'tuned'",
            "loam commit --from-disk disk.ext4 local/imported:1 --compress zstd:9");
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var names = parsed.GetValue(_names)!;
        var name = ImageReference.Parse(names[^1]);
        var options = Read(parsed);
        var store = global.OpenStore(parsed);
        var display = global.Display(parsed);
        var disk = parsed.GetValue(_fromDisk);
        var workspace = disk is null ? names[0] : null;
        var committed = await display.RunAsync(progress => workspace is null
            ? new Committer(store).CommitDiskAsync(disk!.FullName, name, options, progress, cancellationToken)
            : new WorkspaceCommitter(store).CommitAsync(new WorkspaceStore(store).Get(workspace), name, options, progress, cancellationToken))
            .ConfigureAwait(false);
        await Notices.WarnAsync(committed.Warnings).ConfigureAwait(false);
        var pushed = !parsed.GetValue(_push)
            ? null
            : await _registry.RunAsync(
                parsed,
                registry => display.RunAsync(progress => new ImagePusher(store, registry.Client).PushAsync(
                    name.ToString(), destination: null, new PushOptions { Platform = committed.Image.Platform }, progress, cancellationToken)),
                cancellationToken).ConfigureAwait(false);
        global.Results(parsed).Write(
            CommittedJson.From(committed, workspace, pushed),
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
        Created = ReadTime(parsed.GetValue(_created), "--created")
            ?? ReadTime(Environment.GetEnvironmentVariable("SOURCE_DATE_EPOCH"), "SOURCE_DATE_EPOCH"),
        Debugfs = parsed.GetValue(_debugfs)?.FullName,
    };

    internal static DateTimeOffset? ReadTime(string? text, string what)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        if (text == "now")
        {
            return TimeProvider.System.GetUtcNow();
        }

        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            && seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds())
        {
            return DateTimeOffset.FromUnixTimeSeconds(seconds);
        }

        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time
            : throw new LoamException(ErrorCodes.Usage, $"{what}: \"{text}\" is not a time")
            {
                Hint = "Give now, seconds since 1970, or a time such as 2026-01-31T12:00:00Z.",
            };
    }

    private static string Describe(CommittedImage committed, PushedImage? pushed)
    {
        var layer = committed.Layer is { } made
            ? $"{made.Blob.Digest}, {Sizes.Format(made.Blob.Size)}, unpacked {Sizes.Format(made.UncompressedSize)}, {made.Entries} entries"
            : "none: nothing has changed";
        var rows = new List<string[]>
        {
            new[] { "  digest", committed.Image.Digest.ToString() },
            new[] { "  platform", committed.Image.Platform.ToString() },
            new[] { "  layer", layer },
            new[] { "  layers", $"{committed.Layers.Count}, {Sizes.Format(committed.Layers.Sum(blob => blob.Size))}" },
        };
        if (pushed is not null)
        {
            var sent = $"{pushed.Uploaded} blobs sent ({Sizes.Format(pushed.UploadedBytes)})";
            rows.Add(["  pushed", $"{sent}, {pushed.Mounted} mounted, {pushed.Present} already there"]);
        }

        return $"{committed.Image.ImageRef}\n{Columns.Format(rows)}";
    }
}
