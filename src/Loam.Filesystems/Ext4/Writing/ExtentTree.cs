using System.Buffers.Binary;
using Loam.Filesystems.Blocks;
using Loam.Filesystems.Ext4.Layout;

namespace Loam.Filesystems.Ext4.Writing;

/// <summary>The tree that maps a file's blocks (ifork.rst, "Extent Tree"). Four extents fit the inode; more stand in
/// blocks of their own.</summary>
internal sealed class ExtentTree(DiskFile disk, BlockHeap heap)
{
    private const int EntryBytes = ExtentLayout.EntryBytes;
    private const int MaximumExtentBlocks = ExtentLayout.MaximumExtentBlocks;
    private const int RootEntries = (InodeRecord.RootSize - EntryBytes) / EntryBytes;
    private const int BlockEntries = (Format.BlockSize - EntryBytes) / EntryBytes;
    private const int TailOffset = EntryBytes + BlockEntries * EntryBytes;

    /// <summary>Whether a content's extents all fit the inode.</summary>
    public static bool FitsInode(BlockContent content)
    {
        var entries = 0L;
        foreach (var extent in content.Extents)
        {
            entries += (extent.Count + MaximumExtentBlocks - 1) / MaximumExtentBlocks;
        }

        return entries <= RootEntries;
    }

    /// <summary>Writes the root of a tree that fits the inode.</summary>
    public static void WriteRoot(Span<byte> root, BlockContent content)
    {
        var entries = Split(content);
        WriteHeader(root, entries.Count, RootEntries, depth: 0);
        for (var i = 0; i < entries.Count; i++)
        {
            WriteExtent(root.Slice(EntryBytes + i * EntryBytes, EntryBytes), entries[i]);
        }
    }

    /// <summary>Writes a tree that does not fit the inode to blocks of its own.</summary>
    /// <param name="content">The content.</param>
    /// <param name="inodeSeed">What the inode's checksums start from.</param>
    /// <returns>The root for the inode, and how many blocks the tree takes.</returns>
    public (byte[] Root, long Blocks) Write(BlockContent content, uint inodeSeed)
    {
        var leaves = Split(content);
        var level = new List<(long Logical, long Block)>();
        var taken = 0L;
        for (var at = 0; at < leaves.Count; at += BlockEntries)
        {
            var entries = leaves[at..Math.Min(leaves.Count, at + BlockEntries)];
            level.Add((entries[0].Logical, WriteBlock(entries.Count, 0, inodeSeed, (entry, i) => WriteExtent(entry, entries[i]))));
            taken++;
        }

        var depth = 1;
        for (; level.Count > RootEntries; depth++)
        {
            var upper = new List<(long Logical, long Block)>();
            for (var at = 0; at < level.Count; at += BlockEntries)
            {
                var entries = level[at..Math.Min(level.Count, at + BlockEntries)];
                upper.Add((entries[0].Logical, WriteBlock(entries.Count, depth, inodeSeed, (entry, i) => WriteIndex(entry, entries[i]))));
                taken++;
            }

            level = upper;
        }

        var root = new byte[InodeRecord.RootSize];
        WriteHeader(root, level.Count, RootEntries, depth);
        for (var i = 0; i < level.Count; i++)
        {
            WriteIndex(root.AsSpan(EntryBytes + i * EntryBytes, EntryBytes), level[i]);
        }

        return (root, taken);
    }

    private delegate void EntryWriter(Span<byte> entry, int number);

    private long WriteBlock(int entries, int depth, uint inodeSeed, EntryWriter write)
    {
        var block = new byte[Format.BlockSize];
        WriteHeader(block, entries, BlockEntries, depth);
        for (var i = 0; i < entries; i++)
        {
            write(block.AsSpan(EntryBytes + i * EntryBytes, EntryBytes), i);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(block.AsSpan(TailOffset), Crc32C.Add(inodeSeed, block.AsSpan(0, TailOffset)));
        var place = heap.Allocate(1).Start;
        disk.Write(place, block);
        return place;
    }

    private static List<Extent> Split(BlockContent content)
    {
        var entries = new List<Extent>(content.Extents.Count);
        foreach (var extent in content.Extents)
        {
            for (var done = 0L; done < extent.Count; done += MaximumExtentBlocks)
            {
                entries.Add(new Extent(extent.Logical + done, extent.Physical + done, Math.Min(MaximumExtentBlocks, extent.Count - done)));
            }
        }

        return entries;
    }

    private static void WriteHeader(Span<byte> header, int entries, int most, int depth)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(header, ExtentLayout.Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(header[2..], (ushort)entries);
        BinaryPrimitives.WriteUInt16LittleEndian(header[4..], (ushort)most);
        BinaryPrimitives.WriteUInt16LittleEndian(header[6..], (ushort)depth);
    }

    private static void WriteExtent(Span<byte> entry, Extent extent)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(entry, (uint)extent.Logical);
        BinaryPrimitives.WriteUInt16LittleEndian(entry[4..], (ushort)extent.Count);
        BinaryPrimitives.WriteUInt16LittleEndian(entry[6..], (ushort)(extent.Physical >> 32));
        BinaryPrimitives.WriteUInt32LittleEndian(entry[8..], (uint)extent.Physical);
    }

    private static void WriteIndex(Span<byte> entry, (long Logical, long Block) child)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(entry, (uint)child.Logical);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[4..], (uint)child.Block);
        BinaryPrimitives.WriteUInt16LittleEndian(entry[8..], (ushort)(child.Block >> 32));
    }
}
