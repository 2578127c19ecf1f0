using Loam.Filesystems.Blocks;
using Loam.Filesystems.Ext4.Layout;

namespace Loam.Filesystems.Ext4.Reading;

/// <summary>A name in a directory as the disk has it.</summary>
internal readonly record struct DirectoryName(byte[] Name, uint Inode, byte Type);

/// <summary>Reads the names of directories (dynamic.rst), block after block, so that an index is only checked, never
/// followed.</summary>
internal sealed class DirectoryReader(SuperblockView super, BlockReader blocks, FileBlocks map, ReadBudget budget)
{
    private const int ShortestEntry = 12;
    private const int NameBytes = 100;

    /// <summary>The names of one directory without <c>.</c> and <c>..</c>, in the order of their inodes.</summary>
    /// <param name="inode">A directory.</param>
    /// <param name="parent">The directory above it.</param>
    /// <exception cref="FilesystemException">It is damaged.</exception>
    public List<DirectoryName> Read(StoredInode inode, uint parent)
    {
        var names = new List<DirectoryName>();
        if (inode.IsInline)
        {
            ReadInline(inode, parent, names);
        }
        else
        {
            ReadBlocks(inode, parent, names);
        }

        // Inodes that stand together are read together.
        names.Sort((a, b) => a.Inode.CompareTo(b.Inode));
        return names;
    }

    private void ReadInline(StoredInode inode, uint parent, List<DirectoryName> names)
    {
        var (root, rest) = InlineContent.Read(inode);
        if (inode.Size > root.Length + rest.Length)
        {
            throw FilesystemException.Damage("it is longer than its inode", inode.Number);
        }

        // The parent stands in place of the first two entries.
        CheckDots(inode, parent, inode.Number, inode.Root.Le32(0));
        var dots = default(Dots);
        ReadEntries(root.AsSpan(4), inode, null, names, ref dots);
        ReadEntries(rest, inode, null, names, ref dots);
    }

    private void ReadBlocks(StoredInode inode, uint parent, List<DirectoryName> names)
    {
        var dots = default(Dots);
        var buffer = new byte[super.BlockSize];
        var logical = 0L;
        if (inode.Size % super.BlockSize != 0 || inode.Size == 0)
        {
            throw FilesystemException.Damage($"a directory of {inode.Size} bytes", inode.Number);
        }

        foreach (var extent in map.Map(inode))
        {
            if (extent.Logical != logical)
            {
                break;
            }

            for (; logical < extent.Logical + extent.Count; logical++)
            {
                var block = extent.Physical + logical - extent.Logical;
                blocks.Read(block, buffer, inode.Number);
                if (super.HasChecksums)
                {
                    CheckSum(buffer, inode, block);
                }

                ReadEntries(buffer, inode, block, names, ref dots);
            }
        }

        if (logical != inode.FileBlocks)
        {
            throw FilesystemException.Damage($"the directory lacks its block {logical}", inode.Number);
        }

        CheckDots(inode, parent, dots.Self, dots.Parent);
    }

    private void ReadEntries(ReadOnlySpan<byte> bytes, StoredInode inode, long? block, List<DirectoryName> names, ref Dots dots)
    {
        while (!bytes.IsEmpty)
        {
            if (bytes.Length < ShortestEntry)
            {
                // Inline directories may end in less than an entry.
                if (block is null)
                {
                    return;
                }

                throw FilesystemException.Damage("a directory entry is cut off", inode.Number, block);
            }

            var number = bytes.Le32(0);
            var length = bytes.Le16(4);
            var hasTypes = super.HasIncompatible(Features.FileType);
            var nameLength = bytes[6];
            if (length < ShortestEntry || length % 4 != 0 || length > bytes.Length || DirectoryBlocks.HeaderBytes + nameLength > length)
            {
                throw FilesystemException.Damage($"a directory entry has {length} bytes for a name of {nameLength}", inode.Number, block);
            }

            if (number != 0)
            {
                Add(bytes.Slice(DirectoryBlocks.HeaderBytes, nameLength), number, hasTypes ? bytes[7] : (byte)0, names, ref dots);
            }

            bytes = bytes[length..];
        }
    }

    private void Add(ReadOnlySpan<byte> name, uint number, byte type, List<DirectoryName> names, ref Dots dots)
    {
        if (name.SequenceEqual("."u8))
        {
            dots.Self = number;
        }
        else if (name.SequenceEqual(".."u8))
        {
            dots.Parent = number;
        }
        else
        {
            budget.TakeEntry();
            budget.TakeBytes(NameBytes + name.Length);
            names.Add(new DirectoryName(name.ToArray(), number, type));
        }
    }

    private static void CheckDots(StoredInode inode, uint parent, uint self, uint above)
    {
        if (self != inode.Number || above != parent)
        {
            throw FilesystemException.Damage($"the directory's . and .. lead to {self} and {above}, not to {inode.Number} and {parent}", inode.Number);
        }
    }

    private static void CheckSum(ReadOnlySpan<byte> block, StoredInode inode, long number)
    {
        var room = block.Length - DirectoryBlocks.TailBytes;
        var tail = block[room..];
        bool right;
        if (IndexOffset(block, inode) is { } offset)
        {
            int limit = block.Le16(offset);
            int count = block.Le16(offset + 2);
            var end = offset + limit * HashIndexLayout.EntryBytes;
            right = count <= limit && end + 8 <= block.Length
                && HashIndexLayout.ChecksumOf(block[..(offset + count * HashIndexLayout.EntryBytes)], block[end..], inode.Seed) == block.Le32(end + 4);
        }
        else
        {
            right = tail.Le32(0) == 0 && tail.Le16(4) == DirectoryBlocks.TailBytes && tail[6] == 0 && tail[7] == DirectoryBlocks.TailType
                && Crc32C.Add(inode.Seed, block[..room]) == tail.Le32(8);
        }

        if (!right)
        {
            throw FilesystemException.Damage("the directory block's checksum is wrong", inode.Number, number);
        }
    }

    /// <summary>Where the entries of an index begin in a block; null if it is a block of names (kernel,
    /// <c>fs/ext4/namei.c</c>, <c>get_dx_countlimit</c>).</summary>
    private static int? IndexOffset(ReadOnlySpan<byte> block, StoredInode inode)
    {
        if ((inode.Flags & Format.IndexFlag) == 0)
        {
            return null;
        }

        if (block.Le16(4) == block.Length && block.Le32(0) == 0)
        {
            return HashIndexLayout.NodeEntriesOffset;
        }

        return block.Le16(4) == ShortestEntry && block.Le16(ShortestEntry + 4) == block.Length - ShortestEntry
            && block.Le32(0x18) == 0 && block[0x1D] == HashIndexLayout.InfoBytes
            ? HashIndexLayout.RootEntriesOffset
            : null;
    }

    private record struct Dots(uint Self, uint Parent);
}
