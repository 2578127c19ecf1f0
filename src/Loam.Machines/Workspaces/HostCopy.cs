using System.Runtime.InteropServices;
using System.Text;
using Loam.Disks;
using Loam.Files;
using Loam.Filesystems;

namespace Loam.Machines.Workspaces;

/// <summary>Files of a stopped workspace's disk as files of this machine. The disk may be hostile: a link on it is
/// followed within it, and what is written here goes into new folders and files only.</summary>
internal sealed class HostCopy(Ext4Reader disk, FileTree tree, StableStorage storage, CancellationToken cancellationToken)
{
    private const int CreateForWriting = 1 | 0x40 | 0x80 | 0x80000; // O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC
    private const int ChunkBytes = 1 << 20;
    private const ushort PermissionBits = 0b111_111_111;

    private readonly byte[] _buffer = new byte[ChunkBytes];

    /// <summary>How many devices, sockets and pipes were left out.</summary>
    public int LeftOut { get; private set; }

    /// <summary>Copies a file or a folder.</summary>
    /// <param name="source">Its path on the disk.</param>
    /// <param name="target">Where to: into this folder if it is one, else under this name.</param>
    /// <exception cref="LoamException"><see cref="ErrorCodes.Io"/>.</exception>
    public void Copy(string source, string target)
    {
        var (node, name) = Find(source);
        var place = Path.GetFullPath(target);
        if (Directory.Exists(place))
        {
            place = Path.Combine(place, name.Length > 0 ? name : throw new LoamException(ErrorCodes.Io, $"{source} has no name of its own: name the new folder"));
        }

        if (node is RegularFileNode && File.Exists(place))
        {
            // A file is replaced by a whole one.
            AtomicFile.Write(place, storage, temporary =>
            {
                Write(node, Encoding.UTF8.GetBytes(temporary));
                return true;
            });
            return;
        }

        Write(node, Encoding.UTF8.GetBytes(place));
    }

    private (FileNode Node, string Name) Find(string source)
    {
        var path = Encoding.UTF8.GetBytes(source);
        try
        {
            var node = tree.Resolve(path) ?? throw new LoamException(ErrorCodes.Io, $"there is no {source} on the disk");
            return (node, Path.GetFileName(source.TrimEnd('/')) is ".." or "." ? "" : Path.GetFileName(source.TrimEnd('/')));
        }
        catch (FilesystemException e) when (e.Error == FilesystemError.TooManySymlinks)
        {
            throw new LoamException(ErrorCodes.Io, e.Message, e);
        }
    }

    private void Write(FileNode node, byte[] place)
    {
        cancellationToken.ThrowIfCancellationRequested();
        byte[] path = [.. place, 0];
        switch (node)
        {
            case DirectoryNode directory:
                Check(StageLibc.MakeDirectory(path, 0b111_000_000), place);
                foreach (var (name, below) in directory.Sorted())
                {
                    Write(below, [.. place, (byte)'/', .. name]);
                }

                break;
            case RegularFileNode file:
                WriteContent(file, place, path);
                break;
            case SymlinkNode link:
                Check(StageLibc.Symlink([.. link.Target.Span, 0], path), place);
                break;
            default:
                LeftOut++;
                return;
        }

        if (node is not SymlinkNode)
        {
            // Owners are this user, so set-user-id would mean something else here.
            Check(StageLibc.ChangeMode(path, (uint)(node.Metadata.Permissions & PermissionBits)), place);
        }

        var (seconds, nanoseconds) = node.Metadata.Modified;
        Check(StageLibc.SetTimes(StageLibc.CurrentDirectory, path, [seconds, nanoseconds, seconds, nanoseconds], StageLibc.NoFollow), place);
    }

    private void WriteContent(RegularFileNode file, byte[] place, byte[] path)
    {
        using var target = StageLibc.Open(path, CreateForWriting, 0b110_000_000);
        Check(target.IsInvalid ? -1 : 0, place);
        using var content = disk.OpenContent(file);
        RandomAccess.SetLength(target, content.Length);
        foreach (var range in content.DataRanges)
        {
            content.Position = range.Offset;
            for (var left = range.Length; left > 0;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var read = content.Read(_buffer.AsSpan(0, (int)Math.Min(left, _buffer.Length)));
                if (read == 0)
                {
                    break;
                }

                RandomAccess.Write(target, _buffer.AsSpan(0, read), range.Offset + range.Length - left);
                left -= read;
            }
        }
    }

    private static void Check(int result, byte[] place)
    {
        if (result != 0)
        {
            throw new LoamException(ErrorCodes.Io, $"{Encoding.UTF8.GetString(place)}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
        }
    }
}
