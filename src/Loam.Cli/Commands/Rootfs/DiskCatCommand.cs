using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;

namespace Loam.Cli.Commands;

/// <summary><c>loam rootfs cat</c>: a file of a disk.</summary>
internal sealed class DiskCatCommand
{
    private readonly DiskArgument _disk = new();
    private readonly Argument<string> _path = new("path") { Description = "A file on the disk; symbolic links are followed" };

    public static LoamCommand Create()
    {
        var cat = new DiskCatCommand();
        return new LoamCommand("cat", "Print a file on a disk", cat.RunAsync) { cat._disk, cat._path }
            .WithExamples("loam rootfs cat disk.ext4 /etc/os-release");
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var disk = await _disk.OpenAsync(parsed, cancellationToken).ConfigureAwait(false);
        var path = DiskArgument.ParsePath(parsed.GetValue(_path)!);
        await disk.CopyContentAsync(path, DescriptorStream.Output, cancellationToken).ConfigureAwait(false);
        return 0;
    }
}
