using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;

namespace Loam.Cli.Commands;

/// <summary><c>loam rootfs export</c>: everything on a disk, as a tar archive.</summary>
internal sealed class DiskExportCommand(GlobalOptions global)
{
    private const int BufferBytes = 256 << 10;

    private readonly DiskArgument _disk = new();
    private readonly Option<FileInfo?> _out = new("--out", "-o") { Description = "The archive to write (default: stdout)", HelpName = "path" };

    public static LoamCommand Create(GlobalOptions global)
    {
        var export = new DiskExportCommand(global);
        return new LoamCommand("export", "Write everything on a disk to a tar archive", export.RunAsync) { export._disk, export._out }
            .WithExamples("loam rootfs export disk.ext4 -o tree.tar", "loam rootfs export disk.ext4 | tar -t");
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var file = parsed.GetValue(_out);
        if (file is null && !Console.IsOutputRedirected)
        {
            throw new LoamException(ErrorCodes.Usage, "stdout is a terminal, which cannot take an archive")
            {
                Hint = "Name a file with -o, or redirect stdout.",
            };
        }

        using var disk = await _disk.OpenAsync(parsed, cancellationToken).ConfigureAwait(false);
        var warnings = await global.Display(parsed).RunAsync(progress => Task.Run(
            () => file is null ? ToStandardOutput(disk, progress, cancellationToken) : disk.Export(file.FullName, progress, cancellationToken),
            cancellationToken)).ConfigureAwait(false);
        await Notices.WarnAsync([.. disk.Reader.Warnings, .. warnings]).ConfigureAwait(false);
        return 0;
    }

    private static IReadOnlyList<string> ToStandardOutput(RootDisk disk, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        using var output = new BufferedStream(DescriptorStream.Output, BufferBytes);
        return disk.Export(output, progress, cancellationToken);
    }
}
