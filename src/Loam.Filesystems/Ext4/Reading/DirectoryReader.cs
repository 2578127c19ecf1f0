using Loam.Filesystems.Ext4.Layout;

namespace Loam.Filesystems.Ext4.Reading;

/// <summary>A name in a directory as the disk has it.</summary>
internal readonly record struct DirectoryName(byte[] Name, uint Inode, byte Type);

/// <summary>Reads the names of directories (dynamic.rst), block after block, so that an index is only checked, never
/// followed.</summary>
internal sealed class DirectoryReader(SuperblockView super, BlockReader blocks, FileBlocks map, ReadBudget budget)
{
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
        CheckDots(inode, parent, inode.Number, InlineDirectory.ParentOf(root));
        var dots = default(Dots);
        ReadEntries(root.AsSpan(InlineDirectory.Entries), inode, null, names, ref dots);
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
            if (bytes.Length < DirectoryEntryLayout.ShortestBytes)
            {
                // Inline directories may end in less than an entry.
                if (block is null)
                {
                    return;
                }

                throw FilesystemException.Damage("a directory entry is cut off", inode.Number, block);
            }

            var number = bytes.Le32(DirectoryEntryLayout.Inode);
            var length = bytes.Le16(DirectoryEntryLayout.Length);
            var hasTypes = super.HasIncompatible(Features.FileType);
            var nameLength = bytes[DirectoryEntryLayout.NameLength];
            if (length < DirectoryEntryLayout.ShortestBytes
                || !DirectoryEntryLayout.IsAligned(length)
                || length > bytes.Length
                || DirectoryEntryLayout.Name + nameLength > length)
            {
                throw FilesystemException.Damage($"a directory entry has {length} bytes for a name of {nameLength}", inode.Number, block);
            }

            if (number != 0)
            {
                Add(bytes.Slice(DirectoryEntryLayout.Name, nameLength), number, hasTypes ? bytes[DirectoryEntryLayout.Type] : (byte)0, names, ref dots);
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
            throw FilesystemException.Damage($"the directory's . and .. refer to {self} and {above}, not to {inode.Number} and {parent}", inode.Number);
        }
    }

    private static void CheckSum(ReadOnlySpan<byte> block, StoredInode inode, long number)
    {
        var right = IndexOffset(block, inode) is { } offset
            ? HashIndexEntries.HasRightChecksum(block, offset, inode.Seed)
            : DirectoryTail.IsRight(block, inode.Seed);
        if (!right)
        {
            throw FilesystemException.Damage("the directory block's checksum is wrong", inode.Number, number);
        }
    }

    /// <summary>Where the entries of an index begin in a block; null if it is a block of names.</summary>
    private static int? IndexOffset(ReadOnlySpan<byte> block, StoredInode inode) =>
        (inode.Flags & InodeLayout.IndexFlag) == 0 ? null
            : HashIndexNode.Is(block) ? HashIndexNode.Entries
            : HashIndexRoot.Is(block) ? HashIndexRoot.Entries
            : null;

    private record struct Dots(uint Self, uint Parent);
}
