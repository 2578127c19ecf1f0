using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;

namespace Loam.Cli.Commands;

/// <summary><c>loam rootfs ls</c>: the names on a disk.</summary>
internal sealed class DiskListCommand(GlobalOptions global)
{
    private readonly DiskArgument _disk = new();
    private readonly Argument<string> _path = new("path") { Description = "A folder, or any other path, on the disk", DefaultValueFactory = _ => "/" };
    private readonly Option<bool> _recursive = new("--recursive", "-R") { Description = "List everything below the folder" };

    public static LoamCommand Create(GlobalOptions global)
    {
        var list = new DiskListCommand(global);
        return new LoamCommand("ls", "List a folder on a disk", list.RunAsync) { list._disk, list._path, list._recursive }.WithExamples(
            "loam rootfs ls disk.ext4 /etc",
            "loam rootfs ls disk.ext4 -R --json | jq -r '.entries[] | select(.xattrs).path'");
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var disk = await _disk.OpenAsync(parsed, cancellationToken).ConfigureAwait(false);
        var entries = DiskListing.Of(disk, DiskArgument.ParsePath(parsed.GetValue(_path)!), parsed.GetValue(_recursive));
        await Notices.WarnAsync(disk.Reader.Warnings).ConfigureAwait(false);
        global.Results(parsed).Write(
            new DiskListJson(entries),
            CliJson.Indented.DiskListJson,
            () => DiskText.Describe(entries),
            () => string.Join('\n', entries.Select(entry => entry.Path)));
        return 0;
    }
}
