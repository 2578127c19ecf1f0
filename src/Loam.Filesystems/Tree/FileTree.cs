using Loam.Filesystems.Tree;

namespace Loam.Filesystems;

/// <summary>A whole file system tree in memory. Contents stand on the disk being built; the tree keeps only where.</summary>
public sealed class FileTree
{
    /// <summary>The most directories one inside the other.</summary>
    public const int MaximumDepth = 2048;

    /// <summary>The most names one file may have: ext4's limit (kernel, <c>EXT4_LINK_MAX</c>).</summary>
    public const int MaximumLinks = 65_000;

    /// <summary>The root directory; it has no name.</summary>
    public DirectoryNode Root { get; } = new(Metadata.ImpliedDirectory) { LinkCount = 1 };

    /// <summary>Finds a node without following symbolic links; null where there is none.</summary>
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

    /// <summary>What a path leads to, symbolic links followed as inside a chroot: never outside the tree.</summary>
    /// <param name="path">Names between slashes; one in front may be left out, ".." is the directory above.</param>
    /// <param name="followLast">Whether a symbolic link that is the last name is followed too.</param>
    /// <returns>Null where there is nothing.</returns>
    /// <exception cref="FilesystemException"><see cref="FilesystemError.TooManySymlinks"/>.</exception>
    public FileNode? Resolve(ReadOnlySpan<byte> path, bool followLast = true) => PathWalk.Walk(Root, path, followLast)?.Node;

    /// <summary>The first name of a node of this tree.</summary>
    internal TreePath PathOf(FileNode node) => Walk().First(entry => ReferenceEquals(entry.Node, node)).Path;

    /// <summary>Every name below the root in byte order, parents before children; a hard-linked node comes once a name.</summary>
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
