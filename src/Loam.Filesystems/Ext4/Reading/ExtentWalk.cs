using Loam.Filesystems.Ext4.Layout;

namespace Loam.Filesystems.Ext4.Reading;

/// <summary>Walks the extent tree of one file (ifork.rst, "Extent Tree").</summary>
internal sealed class ExtentWalk(SuperblockView super, BlockReader blocks, FileBlocks owners, StoredInode inode, List<Extent> found)
{
    /// <summary>The logical block that the next extent may begin with.</summary>
    private long _next;

    public void Run()
    {
        var depth = ExtentHeader.Read(inode.Root).Depth;
        Demand(depth <= ExtentHeader.DeepestTree, null, "its extent tree is too deep");
        Walk(inode.Root, null, depth, 0, (long)uint.MaxValue + 1);
    }

    /// <param name="node">A node's bytes.</param>
    /// <param name="block">Where it stands; null for the inode.</param>
    /// <param name="depth">How many levels must be below it.</param>
    /// <param name="from">The first logical block it may speak of.</param>
    /// <param name="to">The logical block behind the last it may speak of.</param>
    private void Walk(ReadOnlySpan<byte> node, long? block, int depth, long from, long to)
    {
        var header = ExtentHeader.Read(node);
        Demand(ExtentHeader.HasMagic(node), block, "a node of its extent tree lacks the magic number");
        Demand(header.Depth == depth, block, "a node of its extent tree has the wrong depth");
        Demand(
            header.Entries <= header.Maximum && header.Maximum <= ExtentHeader.RoomIn(node.Length),
            block,
            "a node of its extent tree has more entries than it has room for");
        Demand(header.Entries > 0 || depth == 0, block, "a node of its extent tree refers to no block");
        if (block is not null && super.HasChecksums)
        {
            Demand(header.HasRightChecksum(node, inode.Seed), block, "the checksum of a node of its extent tree is wrong");
        }

        for (var i = 0; i < header.Entries; i++)
        {
            var entry = ExtentHeader.Entry(node, i);
            var index = ExtentIndexEntry.Read(entry);
            var logical = index.Logical;
            if (logical < from || logical >= to || logical < _next)
            {
                throw Damage(block, $"the extent of block {logical} of the file is out of order");
            }

            if (depth == 0)
            {
                AddExtent(ExtentEntry.Read(entry), to, block);
            }
            else
            {
                var end = i + 1 < header.Entries ? ExtentIndexEntry.Read(ExtentHeader.Entry(node, i + 1)).Logical : to;
                if (end <= logical || end > to)
                {
                    throw Damage(block, $"the extents from block {logical} of the file on are out of order");
                }

                Descend(index.Child, depth, logical, end);
            }
        }
    }

    private void Descend(long child, int depth, long from, long to)
    {
        owners.Own(new BlockRange(child, 1), inode.Number);
        var bytes = new byte[super.BlockSize];
        blocks.Read(child, bytes, inode.Number);
        Walk(bytes, child, depth - 1, from, to);
    }

    private void AddExtent(ExtentEntry entry, long to, long? block)
    {
        var extent = entry.Extent;
        if (extent.Count == 0 || extent.Logical + extent.Count > to)
        {
            throw Damage(block, $"the extent of block {extent.Logical} of the file has {extent.Count} blocks");
        }

        _next = extent.Logical + extent.Count;
        if (entry.IsWritten)
        {
            owners.Add(found, extent, inode);
        }
        else
        {
            // Set aside but never written: the blocks are the file's, and read as zeros.
            owners.Own(extent.Range, inode.Number);
        }
    }

    private void Demand(bool holds, long? block, string what)
    {
        if (!holds)
        {
            throw Damage(block, what);
        }
    }

    private FilesystemException Damage(long? block, string what) => FilesystemException.Damage(what, inode.Number, block);
}
