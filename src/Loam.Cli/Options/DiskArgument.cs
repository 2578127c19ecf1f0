using System.CommandLine;
using Loam.Filesystems;

namespace Loam.Cli.Options;

/// <summary>A disk to look into: an ext4 file system in a file.</summary>
internal sealed class DiskArgument : Argument<FileInfo>
{
    public DiskArgument()
        : base("disk") => Description = "A file that holds an ext4 file system";

    public Task<RootDisk> OpenAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        // Opening reads blocks without waiting, so it has a thread of its own, and Ctrl-C is heard meanwhile.
        var path = parsed.GetValue(this)!.FullName;
        return Task.Run(() => RootDisk.Open(path, cancellationToken), cancellationToken);
    }

    /// <summary>A path on a disk as a user writes it.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.DiskPathInvalid"/>.</exception>
    public static TreePath ParsePath(string path)
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
}
