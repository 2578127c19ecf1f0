using Loam.Filesystems.Blocks;
using Loam.Filesystems.Ext4.Layout;

namespace Loam.Filesystems.Ext4.Reading;

/// <summary>Walks the extent tree of one file (ifork.rst, "Extent Tree").</summary>
internal sealed class ExtentWalk(SuperblockView super, BlockReader blocks, FileBlocks owners, StoredInode inode, List<Extent> found)
{
    private const int DeepestTree = 5;
    private const int ChecksumBytes = 4;

    /// <summary>The logical block that the next extent may begin with.</summary>
    private long _next;

    public void Run()
    {
        var depth = inode.Root.Le16(6);
        Demand(depth <= DeepestTree, null, "its extent tree is too deep");
        Walk(inode.Root, null, depth, 0, (long)uint.MaxValue + 1);
    }

    /// <param name="node">A node's bytes.</param>
    /// <param name="block">Where it stands; null for the inode.</param>
    /// <param name="depth">How many levels must be below it.</param>
    /// <param name="from">The first logical block it may speak of.</param>
    /// <param name="to">The logical block behind the last it may speak of.</param>
    private void Walk(ReadOnlySpan<byte> node, long? block, int depth, long from, long to)
    {
        var entries = node.Le16(2);
        var most = node.Le16(4);
        Demand(node.Le16(0) == ExtentLayout.Magic, block, "a node of its extent tree lacks the magic number");
        Demand(node.Le16(6) == depth, block, "a node of its extent tree has the wrong depth");
        Demand(entries <= most && most <= node.Length / ExtentLayout.EntryBytes - 1, block, "a node of its extent tree has more entries than room");
        Demand(entries > 0 || depth == 0, block, "a node of its extent tree leads nowhere");
        if (block is not null && super.HasChecksums)
        {
            var tail = (most + 1) * ExtentLayout.EntryBytes;
            Demand(tail + ChecksumBytes <= node.Length && Crc32C.Add(inode.Seed, node[..tail]) == node.Le32(tail), block, "the checksum of a node of its extent tree is wrong");
        }

        for (var i = 1; i <= entries; i++)
        {
            var entry = node.Slice(i * ExtentLayout.EntryBytes, ExtentLayout.EntryBytes);
            long logical = entry.Le32(0);
            if (logical < from || logical >= to || logical < _next)
            {
                throw Damage(block, $"the extent of block {logical} of the file is out of order");
            }

            if (depth == 0)
            {
                AddExtent(entry, logical, to, block);
            }
            else
            {
                var end = i < entries ? node.Le32((i + 1) * ExtentLayout.EntryBytes) : to;
                if (end <= logical || end > to)
                {
                    throw Damage(block, $"the extents from block {logical} of the file on are out of order");
                }

                Descend(entry, depth, logical, end);
            }
        }
    }

    private void Descend(ReadOnlySpan<byte> entry, int depth, long from, long to)
    {
        var child = entry.Le32(4) | ((long)entry.Le16(8) << 32);
        owners.Own(new BlockRange(child, 1), inode.Number);
        var bytes = new byte[super.BlockSize];
        blocks.Read(child, bytes, inode.Number);
        Walk(bytes, child, depth - 1, from, to);
    }

    private void AddExtent(ReadOnlySpan<byte> entry, long logical, long to, long? block)
    {
        int count = entry.Le16(4);
        var written = count <= ExtentLayout.MaximumExtentBlocks;
        count -= written ? 0 : ExtentLayout.MaximumExtentBlocks;
        var physical = entry.Le32(8) | ((long)entry.Le16(6) << 32);
        if (count == 0 || logical + count > to)
        {
            throw Damage(block, $"the extent of block {logical} of the file has {count} blocks");
        }

        _next = logical + count;
        if (written)
        {
            owners.Add(found, new Extent(logical, physical, count), inode);
        }
        else
        {
            // Set aside but never written: the blocks are the file's, and read as zeros.
            owners.Own(new BlockRange(physical, count), inode.Number);
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
