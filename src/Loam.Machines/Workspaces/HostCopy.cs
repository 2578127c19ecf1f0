using System.Text;
using Loam.Files;
using Loam.Filesystems;

namespace Loam.Machines.Workspaces;

/// <summary>Files of a stopped workspace's disk as files of this host, which belong to the current user. The disk may be
/// hostile: a link on it is followed within it, and what is written here goes into new folders and files only.</summary>
internal sealed class HostCopy(Ext4Reader disk, FileTree tree, StableStorage storage, CancellationToken cancellationToken)
{
    private static readonly FolderWriteOptions Plain = new() { KeepOwners = false, KeepXAttrs = false, KeepSpecialFiles = false };

    /// <summary>Copies a file or a folder.</summary>
    /// <param name="source">Its path on the disk.</param>
    /// <param name="target">Where to: into this folder if it is one, else under this name.</param>
    /// <returns>How many devices, sockets and pipes were left out.</returns>
    /// <exception cref="LoamException"><see cref="ErrorCodes.Io"/>.</exception>
    public int Copy(string source, string target)
    {
        var (node, name) = Find(source);
        var place = Path.GetFullPath(target);
        if (Directory.Exists(place))
        {
            place = Path.Combine(
                place, name.Length > 0 ? name : throw new LoamException(ErrorCodes.Io, $"{source} has no file name: name the new folder"));
        }

        try
        {
            // A file is replaced by a whole one.
            return node is RegularFileNode && File.Exists(place)
                ? AtomicFile.Write(place, storage, temporary => Write(node, temporary))
                : Write(node, place);
        }
        catch (Exception e) when (IoFailure.Is(e))
        {
            throw new LoamException(ErrorCodes.Io, e.Message, e);
        }
    }

    private int Write(FileNode node, string path) => (int)FolderWriter.Write(node, path, disk.OpenContent, Plain, cancellationToken).LeftOut;

    private (FileNode Node, string Name) Find(string source)
    {
        var path = Encoding.UTF8.GetBytes(source);
        try
        {
            var node = tree.Resolve(path) ?? throw new LoamException(ErrorCodes.Io, $"{source} does not exist on the disk");
            return (node, Path.GetFileName(source.TrimEnd('/')) is ".." or "." ? "" : Path.GetFileName(source.TrimEnd('/')));
        }
        catch (FilesystemException e) when (e.Error == FilesystemError.TooManySymlinks)
        {
            throw new LoamException(ErrorCodes.Io, e.Message, e);
        }
    }
}
