using System.Buffers.Binary;
using Loam.Filesystems.Blocks;
using Loam.Filesystems.Ext4.Layout;

namespace Loam.Filesystems.Ext4.Writing;

/// <summary>Where a file's attributes stand: as many as fit in its inode, the rest in one block, which files with the
/// same rest share.</summary>
internal sealed class XAttrStore(DiskFile disk, BlockHeap heap, uint checksumSeed)
{
    private const int InodeRoom = InodeRecord.XAttrSize - 4 - 4; // magic, and the zero that ends the entries
    private const int BlockHeaderBytes = 32;
    private const int BlockRoom = Format.BlockSize - BlockHeaderBytes - 4;

    /// <summary>The kernel gives a shared block up beyond this many users (kernel, <c>EXT4_XATTR_REFCOUNT_MAX</c>).</summary>
    private const int MaximumUsers = 1024;

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
            throw new FilesystemException(FilesystemError.XAttrsTooLarge, $"its extended attributes take {size} bytes beside those in the inode; a block holds {BlockRoom}");
        }

        var key = attributes.ToString();
        if (!_blocks.TryGetValue(key, out var block) || block.Users == MaximumUsers)
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
            BinaryPrimitives.WriteUInt32LittleEndian(area, XAttrEntries.Magic);
            XAttrEntries.Write(area, at: 4, origin: 4, inside);
        }
    }

    /// <summary>Writes the blocks, once all users are known.</summary>
    public void WriteBlocks()
    {
        Span<byte> content = new byte[Format.BlockSize];
        foreach (var block in _order)
        {
            content.Clear();
            BinaryPrimitives.WriteUInt32LittleEndian(content, XAttrEntries.Magic);
            BinaryPrimitives.WriteUInt32LittleEndian(content[4..], (uint)block.Users);
            BinaryPrimitives.WriteUInt32LittleEndian(content[8..], 1);
            BinaryPrimitives.WriteUInt32LittleEndian(content[12..], HashOf(block.Entries));
            XAttrEntries.Write(content, at: BlockHeaderBytes, origin: 0, block.Entries);
            var checksum = Crc32C.Add(Crc32C.Add(checksumSeed, (ulong)block.Block), content);
            BinaryPrimitives.WriteUInt32LittleEndian(content[16..], checksum);
            disk.Write(block.Block, content);
        }
    }

    private static (List<XAttrEntry> Inside, List<XAttrEntry> Outside) Divide(XAttrs attributes)
    {
        var (inside, rest, room) = (new List<XAttrEntry>(), new List<XAttrEntry>(), InodeRoom);
        foreach (var entry in XAttrEntries.From(attributes))
        {
            var fits = entry.TotalBytes <= room;
            (fits ? inside : rest).Add(entry);
            room -= fits ? entry.TotalBytes : 0;
        }

        return (inside, rest);
    }

    private static uint HashOf(IReadOnlyList<XAttrEntry> entries)
    {
        var hash = 0u;
        foreach (var entry in entries)
        {
            if (entry.Hash == 0)
            {
                // A block with an entry without hash is not to be shared by the kernel.
                return 0;
            }

            hash = (hash << 16) ^ (hash >> 16) ^ entry.Hash;
        }

        return hash;
    }

    private sealed class SharedBlock(long block, IReadOnlyList<XAttrEntry> entries)
    {
        public long Block { get; } = block;

        public IReadOnlyList<XAttrEntry> Entries { get; } = entries;

        public int Users { get; set; }
    }
}
