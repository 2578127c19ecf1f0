using Loam.Filesystems.Ext4.Layout;

namespace Loam.Filesystems.Ext4.Writing;

/// <summary>Directories too large for one block (dynamic.rst, "Hash Tree Directories"): blocks of names ordered by hash,
/// found through a root and, for very large ones, one level of nodes.</summary>
internal static class HashIndex
{
    private static readonly int RootLimit = HashIndexEntries.RoomIn(Format.BlockSize, HashIndexRoot.Entries);
    private static readonly int NodeLimit = HashIndexEntries.RoomIn(Format.BlockSize, HashIndexNode.Entries);

    /// <exception cref="FilesystemException">There are more names than two levels can find.</exception>
    public static void Write(ContentWriter content, DirectoryNode directory, uint parent, uint inodeSeed, Guid hashSeed)
    {
        var names = new List<HashedName>(directory.Count);
        foreach (var (name, node) in directory.Entries)
        {
            var (hash, minor) = HalfMd4.Of(name, hashSeed);
            names.Add(new HashedName(hash, minor, name, node));
        }

        names.Sort(HashedName.Compare);
        var leaves = Divide(names);
        var nodes = leaves.Count <= RootLimit ? 0 : (leaves.Count + NodeLimit - 1) / NodeLimit;
        if (nodes > RootLimit)
        {
            throw new FilesystemException(FilesystemError.FileTooLarge, $"a directory of {directory.Count} names is larger than its index can be");
        }

        // Blocks of the file: the root, the nodes, the leaves.
        var firstLeaf = 1 + nodes;
        var leafEntries = leaves.Select((leaf, i) => (leaf.Hash, Block: (uint)(firstLeaf + i))).ToArray();
        var nodeEntries = leafEntries.Chunk(NodeLimit).ToArray();
        var rootEntries = nodes == 0 ? leafEntries : [.. nodeEntries.Select((entries, i) => (entries[0].Hash, Block: (uint)(1 + i)))];
        content.Write(Root(directory.Number, parent, rootEntries, levels: nodes == 0 ? 0 : 1, inodeSeed));
        foreach (var entries in nodes == 0 ? [] : nodeEntries)
        {
            content.Write(Node(entries, inodeSeed));
        }

        var block = new DirectoryBlocks(inodeSeed);
        for (var i = 0; i < leaves.Count; i++)
        {
            var end = i + 1 < leaves.Count ? leaves[i + 1].First : names.Count;
            for (var at = leaves[i].First; at < end; at++)
            {
                block.Add(names[at].Name, names[at].Node.Number, DirectoryEntryLayout.TypeOf(names[at].Node));
            }

            content.Write(block.Finish());
        }
    }

    /// <summary>Where each leaf begins. One that begins within names of equal hash says so in its hash's lowest bit.</summary>
    private static List<(int First, uint Hash)> Divide(List<HashedName> names)
    {
        var leaves = new List<(int First, uint Hash)> { (0, 0) };
        var used = 0;
        for (var i = 0; i < names.Count; i++)
        {
            var length = DirectoryEntryLayout.BytesFor(names[i].Name.Length);
            if (used + length > DirectoryBlocks.Room)
            {
                leaves.Add((i, names[i].Hash | (names[i - 1].Hash == names[i].Hash ? HashIndexEntries.Continued : 0)));
                used = 0;
            }

            used += length;
        }

        return leaves;
    }

    private static byte[] Root(uint inode, uint parent, (uint Hash, uint Block)[] entries, int levels, uint inodeSeed)
    {
        var block = new byte[Format.BlockSize];
        HashIndexRoot.Write(block, inode, parent, levels);
        HashIndexEntries.Write(block, HashIndexRoot.Entries, entries, inodeSeed);
        return block;
    }

    private static byte[] Node((uint Hash, uint Block)[] entries, uint inodeSeed)
    {
        var block = new byte[Format.BlockSize];
        HashIndexNode.Write(block);
        HashIndexEntries.Write(block, HashIndexNode.Entries, entries, inodeSeed);
        return block;
    }

    private readonly record struct HashedName(uint Hash, uint Minor, byte[] Name, FileNode Node)
    {
        public static int Compare(HashedName left, HashedName right)
        {
            var order = (left.Hash, left.Minor).CompareTo((right.Hash, right.Minor));
            return order != 0 ? order : NameComparer.Instance.Compare(left.Name, right.Name);
        }
    }
}
