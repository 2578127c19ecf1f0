using Loam.Filesystems.Ext4.Layout;

namespace Loam.Filesystems.Ext4.Writing;

/// <summary>Writes a directory's names: in one block where they fit it, else in blocks ordered by hash under an index.</summary>
internal sealed class DirectoryWriter(ContentWriter content, uint checksumSeed, Guid hashSeed)
{
    /// <summary>Writes one directory.</summary>
    /// <param name="directory">Itself; its nodes have their numbers.</param>
    /// <param name="parent">The number of the directory above.</param>
    /// <returns>Where it stands, and whether it is indexed.</returns>
    public (BlockContent Content, bool Indexed) Write(DirectoryNode directory, uint parent)
    {
        var seed = ChecksumStart.Of(checksumSeed, directory.Number);
        var bytes = DirectoryEntryLayout.BytesFor(1) + DirectoryEntryLayout.BytesFor(2);
        foreach (var name in directory.Entries.Keys)
        {
            bytes += DirectoryEntryLayout.BytesFor(name.Length);
            if (bytes > DirectoryBlocks.Room)
            {
                HashIndex.Write(content, directory, parent, seed, hashSeed);
                return (BlockContent.Of(content.Finish()), true);
            }
        }

        var block = new DirectoryBlocks(seed);
        block.Add("."u8, directory.Number, DirectoryEntryLayout.DirectoryType);
        block.Add(".."u8, parent, DirectoryEntryLayout.DirectoryType);
        foreach (var (name, node) in directory.Sorted())
        {
            block.Add(name, node.Number, DirectoryEntryLayout.TypeOf(node));
        }

        content.Write(block.Finish());
        return (BlockContent.Of(content.Finish()), false);
    }
}
