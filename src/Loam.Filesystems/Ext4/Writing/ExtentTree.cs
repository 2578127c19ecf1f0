using Loam.Filesystems.Ext4.Layout;

namespace Loam.Filesystems.Ext4.Writing;

/// <summary>The tree that maps a file's blocks (ifork.rst, "Extent Tree"). Four extents fit the inode; more stand in
/// blocks of their own.</summary>
internal sealed class ExtentTree(DiskFile disk, BlockHeap heap)
{
    private static readonly int RootEntries = ExtentHeader.RoomIn(InodeLayout.RootBytes);
    private static readonly int BlockEntries = ExtentHeader.RoomIn(Format.BlockSize);

    /// <summary>Whether a content's extents all fit the inode.</summary>
    public static bool FitsInode(BlockContent content)
    {
        var entries = 0L;
        foreach (var extent in content.Extents)
        {
            entries += (extent.Count + ExtentEntry.MaximumBlocks - 1) / ExtentEntry.MaximumBlocks;
        }

        return entries <= RootEntries;
    }

    /// <summary>Writes the root of a tree that fits the inode.</summary>
    public static void WriteRoot(Span<byte> root, BlockContent content)
    {
        var entries = Split(content);
        new ExtentHeader(entries.Count, RootEntries, Depth: 0).WriteTo(root);
        for (var i = 0; i < entries.Count; i++)
        {
            ExtentEntry.Write(ExtentHeader.Entry(root, i), entries[i]);
        }
    }

    /// <summary>Writes a tree that does not fit the inode to blocks of its own.</summary>
    /// <param name="content">The content.</param>
    /// <param name="inodeSeed">What the inode's checksums start from.</param>
    /// <returns>The root for the inode, and how many blocks the tree takes.</returns>
    public (byte[] Root, long Blocks) Write(BlockContent content, uint inodeSeed)
    {
        var leaves = Split(content);
        var level = new List<ExtentIndexEntry>();
        var taken = 0L;
        for (var at = 0; at < leaves.Count; at += BlockEntries)
        {
            var entries = leaves[at..Math.Min(leaves.Count, at + BlockEntries)];
            level.Add(new ExtentIndexEntry(entries[0].Logical, WriteBlock(entries.Count, 0, inodeSeed, (entry, i) => ExtentEntry.Write(entry, entries[i]))));
            taken++;
        }

        var depth = 1;
        for (; level.Count > RootEntries; depth++)
        {
            var upper = new List<ExtentIndexEntry>();
            for (var at = 0; at < level.Count; at += BlockEntries)
            {
                var entries = level[at..Math.Min(level.Count, at + BlockEntries)];
                upper.Add(new ExtentIndexEntry(entries[0].Logical, WriteBlock(entries.Count, depth, inodeSeed, (entry, i) => entries[i].WriteTo(entry))));
                taken++;
            }

            level = upper;
        }

        var root = new byte[InodeLayout.RootBytes];
        new ExtentHeader(level.Count, RootEntries, depth).WriteTo(root);
        for (var i = 0; i < level.Count; i++)
        {
            level[i].WriteTo(ExtentHeader.Entry(root.AsSpan(), i));
        }

        return (root, taken);
    }

    private delegate void EntryWriter(Span<byte> entry, int number);

    private long WriteBlock(int entries, int depth, uint inodeSeed, EntryWriter write)
    {
        var block = new byte[Format.BlockSize];
        var header = new ExtentHeader(entries, BlockEntries, depth);
        header.WriteTo(block);
        for (var i = 0; i < entries; i++)
        {
            write(ExtentHeader.Entry(block.AsSpan(), i), i);
        }

        header.Seal(block, inodeSeed);
        var place = heap.Allocate(1).Start;
        disk.Write(place, block);
        return place;
    }

    private static List<Extent> Split(BlockContent content)
    {
        var entries = new List<Extent>(content.Extents.Count);
        foreach (var extent in content.Extents)
        {
            for (var done = 0L; done < extent.Count; done += ExtentEntry.MaximumBlocks)
            {
                entries.Add(new Extent(extent.Logical + done, extent.Physical + done, Math.Min(ExtentEntry.MaximumBlocks, extent.Count - done)));
            }
        }

        return entries;
    }
}
