using System.Text;
using System.Text.Unicode;
using Loam.Filesystems.Folders;
using Loam.Filesystems.Host;
using Loam.Filesystems.Tree;

namespace Loam.Filesystems;

/// <summary>
/// Reads a folder of this host as a tree: owners, modes, times to the nanosecond, extended attributes, hard links, devices,
/// pipes and sockets. Symbolic links are read, never followed; names are bytes. The folder must not change meanwhile; a file that
/// does is an error, or a warning where its name was removed.
/// </summary>
/// <example>
/// <code>
/// using var reader = FolderReader.Open("rootfs", new FolderReadOptions { Excludes = ["/proc/*", "*.pyc"] });
/// var tree = reader.ReadTree();
/// tree.Root.Metadata = Metadata.ImpliedDirectory;
/// if (tree.Resolve("/etc/hosts") is RegularFileNode hosts)
/// {
///     using var content = reader.OpenContent(hosts);
///     content.CopyTo(Console.OpenStandardOutput());
/// }
/// </code>
/// </example>
public sealed class FolderReader : IDisposable
{
    private const int MaximumWarnings = 100;
    private const ushort OwnersRead = 0b100_000_000;

    private readonly HostFolder _root;
    private readonly FolderReadOptions _options;
    private readonly PathPattern[] _excludes;
    private readonly Dictionary<(ulong Device, ulong Inode), FileNode> _linked = [];
    private readonly List<string> _warnings = [];

    private FolderReader(HostFolder root, FolderReadOptions options, PathPattern[] excludes) => (_root, _options, _excludes) = (root, options, excludes);

    /// <summary>What was left out, a sentence each, at most 100.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>Opens a folder.</summary>
    /// <param name="folder">The folder; symbolic links to it are followed.</param>
    /// <param name="options">What of it is read; null for all.</param>
    /// <returns>A reader, which keeps the folder open.</returns>
    /// <exception cref="ArgumentException">A pattern of the options matches nothing.</exception>
    /// <exception cref="IOException">There is no such folder.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be read.</exception>
    public static FolderReader Open(string folder, FolderReadOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        options ??= new FolderReadOptions();
        PathPattern[] excludes = [.. options.Excludes.Select(pattern => new PathPattern(pattern))];
        return new FolderReader(HostFolder.Open(folder), options, excludes);
    }

    /// <summary>Reads the whole folder, names in byte order.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The tree. Open contents with <see cref="OpenContent"/>.</returns>
    /// <exception cref="FilesystemException">What a <see cref="FileTree"/> cannot hold.</exception>
    /// <exception cref="IOException">Something in it cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Something in it may not be read.</exception>
    public FileTree ReadTree(CancellationToken cancellationToken = default)
    {
        var tree = new FileTree();
        tree.Root.Metadata = MetadataOf(_root, TreePath.Root, _root.Status());
        ReadFolders(tree.Root, TreePath.Root, cancellationToken);
        return tree;
    }

    /// <summary>Reads the file that one name of the folder has, with all that is below it.</summary>
    /// <param name="name">The name; any bytes but a slash and NUL.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>Null where there is nothing.</returns>
    /// <exception cref="FilesystemException"><see cref="FilesystemError.InvalidName"/>; what a <see cref="FileTree"/> cannot hold.</exception>
    /// <exception cref="IOException">Something cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Something may not be read.</exception>
    public FileNode? ReadNode(ReadOnlySpan<byte> name, CancellationToken cancellationToken = default)
    {
        if (_root.Status(name) is not { } status)
        {
            return null;
        }

        var path = TreePath.Root.Append(name);
        var node = NodeOf(_root, path, status);
        if (node is DirectoryNode directory)
        {
            ReadFolders(directory, path, cancellationToken);
        }

        return node;
    }

    /// <summary>Opens the content of a file of a tree that was read with this reader.</summary>
    /// <param name="file">The file.</param>
    /// <returns>Its content, as long as it was when the tree was read.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="file"/> is null.</exception>
    /// <exception cref="ArgumentException">The file was not read with this reader.</exception>
    /// <exception cref="IOException">The file cannot be read, or another one has taken its place.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public SparseStream OpenContent(RegularFileNode file)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (file.Content is not HostContent content || content.Reader != this)
        {
            throw new ArgumentException("the file was not read with this reader", nameof(file));
        }

        using var cursor = new FolderCursor(_root);
        var folder = cursor.Open(content.Path.Parent);
        var handle = folder.OpenFile(content.Path.Name);
        try
        {
            return HostFolder.StatusOf(handle) is { Kind: ModeBits.Regular } status && status.Identity == content.Identity
                ? new HostContentStream(handle, content.Size, folder.PathOf(content.Path.Name))
                : throw new IOException($"{folder.PathOf(content.Path.Name)} is no longer the same file");
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _root.Dispose();

    private void ReadFolders(DirectoryNode top, TreePath topPath, CancellationToken cancellationToken)
    {
        using var cursor = new FolderCursor(_root);
        var pending = new Stack<(DirectoryNode Node, TreePath Path, int Depth)>();
        pending.Push((top, topPath, 1));
        while (pending.TryPop(out var next))
        {
            var folder = cursor.Open(next.Path);
            foreach (var name in folder.Names())
            {
                cancellationToken.ThrowIfCancellationRequested();
                var path = next.Path.Append(name);
                if (folder.Status(name) is not { } status)
                {
                    Warn($"{path} was removed while the folder was read");
                    continue;
                }

                if (IsExcluded(path, status.Kind == ModeBits.Directory))
                {
                    continue;
                }

                var node = NodeOf(folder, path, status);
                next.Node.Set(name, node);
                if (node is DirectoryNode directory)
                {
                    if (next.Depth >= FileTree.MaximumDepth)
                    {
                        throw new FilesystemException(FilesystemError.TooDeep, $"{path} is more than {FileTree.MaximumDepth} directories deep");
                    }

                    pending.Push((directory, path, next.Depth + 1));
                }
            }
        }
    }

    private bool IsExcluded(TreePath path, bool isFolder)
    {
        foreach (var pattern in _excludes)
        {
            if (pattern.Matches(path, isFolder))
            {
                return true;
            }
        }

        return false;
    }

    private FileNode NodeOf(HostFolder folder, TreePath path, HostStatus status)
    {
        if (status.Kind == ModeBits.Directory)
        {
            var directory = new DirectoryNode(MetadataOf(folder, path, status));
            MakeReadable(folder, path, status, HostFolder.OwnersAll);
            return directory;
        }

        if (status.Links > 1 && _linked.TryGetValue(status.Identity, out var known))
        {
            return known;
        }

        var metadata = MetadataOf(folder, path, status);
        FileNode node = status.Kind switch
        {
            ModeBits.Regular => new RegularFileNode(metadata, new HostContent(this, status.Size, path, status.Identity)),
            ModeBits.Symlink => new SymlinkNode(metadata, folder.ReadLink(path.Name)),
            ModeBits.CharacterDevice => new SpecialNode(metadata, SpecialKind.CharacterDevice, status.Major, status.Minor),
            ModeBits.BlockDevice => new SpecialNode(metadata, SpecialKind.BlockDevice, status.Major, status.Minor),
            ModeBits.Fifo => new SpecialNode(metadata, SpecialKind.Fifo, 0, 0),
            _ => new SpecialNode(metadata, SpecialKind.Socket, 0, 0),
        };
        if (node is RegularFileNode)
        {
            MakeReadable(folder, path, status, OwnersRead);
        }

        if (status.Links > 1)
        {
            _linked.Add(status.Identity, node);
        }

        return node;
    }

    private void MakeReadable(HostFolder folder, TreePath path, HostStatus status, ushort needed)
    {
        if (_options.MakeReadable && (status.Permissions & needed) != needed)
        {
            folder.ChangeMode(path.Name, (ushort)(status.Permissions | needed));
        }
    }

    private Metadata MetadataOf(HostFolder folder, TreePath path, HostStatus status)
    {
        var (uid, gid) = _options.OwnedByRoot ? (0, 0) : (status.Uid, status.Gid);
        return new Metadata(status.Permissions, uid, gid, status.Modified, _options.KeepXAttrs ? XAttrsOf(folder, path) : XAttrs.None);
    }

    private XAttrs XAttrsOf(HostFolder folder, TreePath path)
    {
        var attributes = new List<XAttr>();
        foreach (var name in folder.XAttrNames(path.Name))
        {
            // Those of other namespaces can be kept nowhere else.
            var attribute = Utf8.IsValid(name) ? new XAttr(Encoding.UTF8.GetString(name), default) : null;
            if (attribute is not { HasLinuxNamespace: true })
            {
                Warn($"{path}: the attribute \"{TreePath.Display(name)}\" was left out");
            }
            else if (folder.XAttr(path.Name, name) is { } value)
            {
                attributes.Add(attribute with { Value = value });
            }
        }

        return XAttrs.Create(attributes);
    }

    private void Warn(string warning)
    {
        if (_warnings.Count < MaximumWarnings)
        {
            _warnings.Add(warning);
        }
    }
}
