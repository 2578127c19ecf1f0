using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;
using Loam.Filesystems;

namespace Loam.Cli.Commands;

/// <summary><c>loam rootfs inspect|ls|cat|export</c>: what is on a disk, without mounting it.</summary>
internal static class DiskCommands
{
    private const int BufferBytes = 256 << 10;

    public static Command Inspect(GlobalOptions global)
    {
        var disk = DiskArgument();
        var command = new Command("inspect", "Show what a disk is and holds") { disk };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var root = await OpenAsync(parsed.GetValue(disk)!, cancellationToken).ConfigureAwait(false);
            var facts = DiskFactsJson.Of(parsed.GetValue(disk)!.FullName, root);
            await WarnAsync(facts.Warnings).ConfigureAwait(false);
            new Results(global.WantsJson(parsed), parsed.GetValue(global.Quiet)).Write(
                facts, CliJson.Indented.DiskFactsJson, () => DiskText.Describe(facts), () => facts.Uuid);
            return 0;
        });
        return command;
    }

    public static Command List(GlobalOptions global)
    {
        var disk = DiskArgument();
        var path = new Argument<string>("path") { Description = "A folder, or any other path, on the disk", DefaultValueFactory = _ => "/" };
        var recursive = new Option<bool>("--recursive", "-R") { Description = "All that is below, too" };
        var command = new Command("ls", "List a folder on a disk") { disk, path, recursive };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var root = await OpenAsync(parsed.GetValue(disk)!, cancellationToken).ConfigureAwait(false);
            var entries = DiskListing.Of(root, ParsePath(parsed.GetValue(path)!), parsed.GetValue(recursive));
            await WarnAsync(root.Reader.Warnings).ConfigureAwait(false);
            new Results(global.WantsJson(parsed), parsed.GetValue(global.Quiet)).Write(
                new DiskListJson(entries),
                CliJson.Indented.DiskListJson,
                () => DiskText.Describe(entries),
                () => string.Join('\n', entries.Select(entry => entry.Path)));
            return 0;
        });
        return command;
    }

    public static Command Cat()
    {
        var disk = DiskArgument();
        var path = new Argument<string>("path") { Description = "A file on the disk; symbolic links are followed" };
        var command = new Command("cat", "Write a file of a disk to stdout") { disk, path };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var root = await OpenAsync(parsed.GetValue(disk)!, cancellationToken).ConfigureAwait(false);
            await root.CopyContentAsync(ParsePath(parsed.GetValue(path)!), DescriptorStream.Output, cancellationToken).ConfigureAwait(false);
            return 0;
        });
        return command;
    }

    public static Command Export(GlobalOptions global)
    {
        var disk = DiskArgument();
        var path = new Option<FileInfo?>("--out", "-o") { Description = "The archive to write; without it stdout, which must not be a terminal", HelpName = "path" };
        var command = new Command("export", "Write all of a disk as a tar archive") { disk, path };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var file = parsed.GetValue(path);
            if (file is null && !Console.IsOutputRedirected)
            {
                throw new LoamException(ErrorCodes.Usage, "stdout is a terminal; an archive would not do it good") { Hint = "Give a file with -o, or pipe it on." };
            }

            using var root = await OpenAsync(parsed.GetValue(disk)!, cancellationToken).ConfigureAwait(false);
            var warnings = await global.Display(parsed).RunAsync(progress => Task.Run(
                () => file is null ? ToStandardOutput(root, progress, cancellationToken) : root.Export(file.FullName, progress, cancellationToken), cancellationToken)).ConfigureAwait(false);
            await WarnAsync([.. root.Reader.Warnings, .. warnings]).ConfigureAwait(false);
            return 0;
        });
        return command;
    }

    private static Argument<FileInfo> DiskArgument() => new("disk") { Description = "An ext4 file system in a file" };

    /// <summary>Reading blocks, so that Ctrl-C can only come through from another thread.</summary>
    private static Task<RootDisk> OpenAsync(FileInfo disk, CancellationToken cancellationToken) =>
        Task.Run(() => RootDisk.Open(disk.FullName, cancellationToken), cancellationToken);

    private static TreePath ParsePath(string path)
    {
        try
        {
            return TreePath.Parse(path);
        }
        catch (FilesystemException e)
        {
            throw new LoamException(ErrorCodes.DiskPathInvalid, e.Message, e);
        }
    }

    private static IReadOnlyList<string> ToStandardOutput(RootDisk root, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        using var output = new BufferedStream(DescriptorStream.Output, BufferBytes);
        return root.Export(output, progress, cancellationToken);
    }

    private static async Task WarnAsync(IReadOnlyList<string> warnings)
    {
        foreach (var warning in warnings)
        {
            await Console.Error.WriteLineAsync($"loam: warning: {warning}").ConfigureAwait(false);
        }
    }
}
