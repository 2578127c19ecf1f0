using Loam.Filesystems.Ext4.Layout;

namespace Loam.Filesystems.Ext4.Writing;

/// <summary>Where a file's attributes stand: as many as fit in its inode, the rest in one block, which files with the
/// same rest share.</summary>
internal sealed class XAttrStore(DiskFile disk, BlockHeap heap, uint checksumSeed)
{
    private const int InodeRoom = InodeRecord.XAttrSize - XAttrInodeHeader.Bytes - XAttrEntry.EndBytes;
    private const int BlockRoom = Format.BlockSize - XAttrBlockHeader.Bytes - XAttrEntry.EndBytes;

    private readonly Dictionary<string, SharedBlock> _blocks = new(StringComparer.Ordinal);
    private readonly List<SharedBlock> _order = [];

    /// <summary>Places a file's attributes.</summary>
    /// <returns>The block with those that do not fit the inode; 0 for none.</returns>
    /// <exception cref="FilesystemException"><see cref="FilesystemError.XAttrsTooLarge"/>.</exception>
    public long Place(XAttrs attributes)
    {
        if (attributes.IsEmpty)
        {
            return 0;
        }

        var (_, rest) = Divide(attributes);
        if (rest.Count == 0)
        {
            return 0;
        }

        var size = rest.Sum(entry => entry.TotalBytes);
        if (size > BlockRoom)
        {
            throw new FilesystemException(
                FilesystemError.XAttrsTooLarge, $"its extended attributes take {size} bytes beside those in the inode; a block holds {BlockRoom}");
        }

        var key = attributes.ToString();
        if (!_blocks.TryGetValue(key, out var block) || block.Users == XAttrBlockHeader.MaximumUsers)
        {
            block = new SharedBlock(heap.Allocate(1).Start, rest);
            _blocks[key] = block;
            _order.Add(block);
        }

        block.Users++;
        return block.Block;
    }

    /// <summary>Writes what stands in the inode over zeros.</summary>
    public static void WriteInode(Span<byte> area, XAttrs attributes)
    {
        var (inside, _) = Divide(attributes);
        if (inside.Count > 0)
        {
            XAttrInodeHeader.Write(area);
            XAttrEntry.Write(area, XAttrInodeHeader.Bytes, origin: XAttrInodeHeader.Bytes, inside);
        }
    }

    /// <summary>Writes the blocks, once all users are known.</summary>
    public void WriteBlocks()
    {
        Span<byte> content = new byte[Format.BlockSize];
        foreach (var block in _order)
        {
            content.Clear();
            XAttrEntry.Write(content, XAttrBlockHeader.Bytes, origin: 0, block.Entries);
            XAttrBlockHeader.Write(content, block.Users, XAttrEntry.HashOf(block.Entries), block.Block, checksumSeed);
            disk.Write(block.Block, content);
        }
    }

    private static (List<XAttrEntry> Inside, List<XAttrEntry> Outside) Divide(XAttrs attributes)
    {
        var (inside, rest, room) = (new List<XAttrEntry>(), new List<XAttrEntry>(), InodeRoom);
        foreach (var entry in XAttrNamespaces.ToDisk(attributes))
        {
            var fits = entry.TotalBytes <= room;
            (fits ? inside : rest).Add(entry);
            room -= fits ? entry.TotalBytes : 0;
        }

        return (inside, rest);
    }

    private sealed class SharedBlock(long block, IReadOnlyList<XAttrEntry> entries)
    {
        public long Block { get; } = block;

        public IReadOnlyList<XAttrEntry> Entries { get; } = entries;

        public int Users { get; set; }
    }
}
