using Loam.Filesystems.Ext4.Layout;

namespace Loam.Filesystems.Ext4.Writing;

/// <summary>A node and the number of the directory that holds its first name.</summary>
internal readonly record struct NumberedNode(FileNode Node, uint Parent);

/// <summary>Gives every node of a tree its inode number: the root its fixed one, all others in byte order of their
/// first names, parents before children.</summary>
internal static class InodeNumbering
{
    /// <returns>The root, and then the others by rising number from 11 on, without gaps.</returns>
    public static List<NumberedNode> Number(FileTree tree)
    {
        var nodes = new List<NumberedNode>();
        var seen = new HashSet<FileNode>(ReferenceEqualityComparer.Instance);
        var next = Format.FirstFreeInode;
        foreach (var (node, parent) in Walk(tree.Root))
        {
            // Only a file with several names can come again.
            if (node.LinkCount > 1 && node is not DirectoryNode && !seen.Add(node))
            {
                continue;
            }

            node.Number = ReferenceEquals(node, tree.Root) ? Format.RootInode : next++;
            nodes.Add(new NumberedNode(node, parent?.Number ?? Format.RootInode));
        }

        return nodes;
    }

    private static IEnumerable<(FileNode Node, DirectoryNode? Parent)> Walk(DirectoryNode root)
    {
        yield return (root, null);
        var open = new Stack<(DirectoryNode Directory, IEnumerator<KeyValuePair<byte[], FileNode>> Names)>();
        open.Push((root, root.Sorted().GetEnumerator()));
        while (open.TryPeek(out var top))
        {
            if (!top.Names.MoveNext())
            {
                top.Names.Dispose();
                open.Pop();
                continue;
            }

            var node = top.Names.Current.Value;
            yield return (node, top.Directory);
            if (node is DirectoryNode directory)
            {
                open.Push((directory, directory.Sorted().GetEnumerator()));
            }
        }
    }
}
