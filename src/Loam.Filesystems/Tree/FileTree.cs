using Loam.Filesystems.Tree;

namespace Loam.Filesystems;

/// <summary>A whole file system tree in memory. Contents are kept elsewhere; the tree knows only where. Paths are bytes; where text
/// is taken, it is UTF-8.</summary>
public sealed class FileTree
{
    /// <summary>The most directories one inside the other.</summary>
    public const int MaximumDepth = 2048;

    /// <summary>The most names one file may have: ext4's limit (kernel, <c>EXT4_LINK_MAX</c>).</summary>
    public const int MaximumLinks = 65_000;

    /// <summary>The root directory; it has no name. Its <see cref="FileNode.Metadata"/> can be set: <c>0755</c>, root's, of the epoch
    /// where nobody does.</summary>
    public DirectoryNode Root { get; } = new(Metadata.ImpliedDirectory) { LinkCount = 1 };

    /// <summary>Gives a node a path; missing directories above it are made, and a node that had the path loses it.
    /// Symbolic links are not followed.</summary>
    /// <param name="path">The path, below the root.</param>
    /// <param name="node">The node; a file that already has a name gets a further one, a hard link.</param>
    /// <returns>The node that lost the name, or null.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="node"/> is null.</exception>
    /// <exception cref="FilesystemException"><see cref="FilesystemError.NotADirectory"/> where the path is the root's or goes through
    /// something else; <see cref="FilesystemError.TooDeep"/>; what <see cref="DirectoryNode.Set(ReadOnlySpan{byte}, FileNode)"/> throws.</exception>
    public FileNode? Put(TreePath path, FileNode node)
    {
        ArgumentNullException.ThrowIfNull(node);
        if (path.IsRoot)
        {
            throw new FilesystemException(FilesystemError.NotADirectory, "the root can only be a directory");
        }

        var (directory, depth) = (Root, 1);
        foreach (var part in path.Split())
        {
            var name = path.Bytes[part];
            if (part.End.Value == path.Bytes.Length)
            {
                break;
            }

            var below = directory.Find(name);
            if (below is null)
            {
                below = new DirectoryNode(Metadata.ImpliedDirectory);
                directory.Set(name, below);
            }

            directory = below as DirectoryNode
                ?? throw new FilesystemException(FilesystemError.NotADirectory, $"{path} goes through something that is not a directory");
            depth++;
        }

        return depth < MaximumDepth || node is not DirectoryNode
            ? directory.Set(path.Name, node)
            : throw new FilesystemException(FilesystemError.TooDeep, $"{path} is more than {MaximumDepth} directories deep");
    }

    /// <summary>Gives a node a path, as <see cref="Put(TreePath, FileNode)"/> does.</summary>
    /// <param name="path">The path; a slash in front may be left out.</param>
    /// <param name="node">The node.</param>
    /// <returns>The node that lost the name, or null.</returns>
    /// <exception cref="FilesystemException">As <see cref="Put(TreePath, FileNode)"/> and <see cref="TreePath.Parse(string)"/>.</exception>
    public FileNode? Put(string path, FileNode node) => Put(TreePath.Parse(path), node);

    /// <summary>Finds a node without following symbolic links.</summary>
    /// <param name="path">The path.</param>
    /// <returns>Null where there is none.</returns>
    public FileNode? Find(TreePath path)
    {
        FileNode? node = Root;
        if (!path.IsRoot)
        {
            foreach (var part in path.Split())
            {
                node = (node as DirectoryNode)?.Find(path.Bytes[part]);
            }
        }

        return node;
    }

    /// <summary>Finds a node without following symbolic links.</summary>
    /// <param name="path">The path; a slash in front may be left out.</param>
    /// <returns>Null where there is none.</returns>
    /// <exception cref="FilesystemException">The text is not a path: see <see cref="TreePath.Parse(string)"/>.</exception>
    public FileNode? Find(string path) => Find(TreePath.Parse(path));

    /// <summary>Finds a node that must exist, without following symbolic links.</summary>
    /// <param name="path">The path; a slash in front may be left out.</param>
    /// <returns>The node.</returns>
    /// <exception cref="FilesystemException"><see cref="FilesystemError.NotFound"/>.</exception>
    public FileNode Get(string path) => Find(path) ?? throw new FilesystemException(FilesystemError.NotFound, $"the tree has no {path}");

    /// <summary>The file that a path names, symbolic links followed as inside a chroot: never outside the tree.</summary>
    /// <param name="path">Names between slashes; one in front may be left out, ".." is the directory above.</param>
    /// <param name="followLast">Whether a symbolic link that is the last name is followed too.</param>
    /// <returns>Null where there is nothing.</returns>
    /// <exception cref="FilesystemException"><see cref="FilesystemError.TooManySymlinks"/>.</exception>
    public FileNode? Resolve(ReadOnlySpan<byte> path, bool followLast = true) => PathWalk.Walk(Root, path, followLast)?.Node;

    /// <summary>The file that a path names, symbolic links followed as inside a chroot: never outside the tree.</summary>
    /// <param name="path">Names between slashes; one in front may be left out, ".." is the directory above.</param>
    /// <param name="followLast">Whether a symbolic link that is the last name is followed too.</param>
    /// <returns>Null where there is nothing.</returns>
    /// <exception cref="FilesystemException"><see cref="FilesystemError.TooManySymlinks"/>.</exception>
    public FileNode? Resolve(string path, bool followLast = true) => Resolve(TreePath.Encode(path), followLast);

    /// <summary>The first name of a node of this tree.</summary>
    internal TreePath PathOf(FileNode node) => Walk().First(entry => ReferenceEquals(entry.Node, node)).Path;

    /// <summary>Every name below the root in byte order, parents before children; a hard-linked node comes once for each of its names.</summary>
    /// <returns>Paths and nodes; the tree must not change meanwhile.</returns>
    public IEnumerable<(TreePath Path, FileNode Node)> Walk()
    {
        var pending = new Stack<(TreePath Path, FileNode Node)>();
        Push(TreePath.Root, Root);
        while (pending.TryPop(out var next))
        {
            yield return next;
            if (next.Node is DirectoryNode directory)
            {
                Push(next.Path, directory);
            }
        }

        void Push(TreePath path, DirectoryNode directory)
        {
            foreach (var (name, node) in directory.Sorted().Reverse())
            {
                pending.Push((path.Append(name), node));
            }
        }
    }
}
