using Loam.Filesystems.Ext4.Layout;

namespace Loam.Filesystems.Ext4.Reading;

/// <summary>Content that stands in inodes (inlinedata.rst): 60 bytes in place of the map of blocks, and more as the value
/// of the attribute <c>system.data</c>.</summary>
internal static class InlineContent
{
    /// <summary>Both parts; the first has 60 bytes.</summary>
    /// <exception cref="FilesystemException">The attributes are damaged.</exception>
    public static (byte[] Root, byte[] Further) Read(StoredInode inode)
    {
        var area = inode.XAttrArea;
        var rest = Array.Empty<byte>();
        if (XAttrInodeHeader.Is(area))
        {
            foreach (var found in XAttrParser.ParseInode(area, inode.Number))
            {
                rest = XAttrNamespaces.IsContent(found.Entry) ? found.Entry.Value.ToArray() : rest;
            }
        }

        return (inode.Root.ToArray(), rest);
    }

    /// <summary>A file's or a symbolic link's content.</summary>
    /// <exception cref="FilesystemException">It is shorter than the inode says.</exception>
    public static byte[] ReadAll(StoredInode inode)
    {
        var (root, rest) = Read(inode);
        return inode.Size <= root.Length + rest.Length
            ? [.. root[..(int)Math.Min(inode.Size, root.Length)], .. rest[..(int)Math.Max(0, inode.Size - root.Length)]]
            : throw FilesystemException.Damage($"it has {inode.Size} bytes, more than its inode holds", inode.Number);
    }
}
