using Loam.Filesystems.Ext4.Layout;

namespace Loam.Filesystems.Ext4.Reading;

/// <summary>An attribute as it was found.</summary>
/// <param name="Entry">Namespace, name and value.</param>
/// <param name="ValueInode">The inode whose content is the value; 0 if the value stands here.</param>
/// <param name="ValueLength">Bytes of the value.</param>
internal readonly record struct FoundXAttr(XAttrEntry Entry, uint ValueInode, uint ValueLength);

/// <summary>Reads entries of extended attributes (attributes.rst) in an inode or a block.</summary>
internal static class XAttrParser
{
    /// <summary>Reads all entries of an inode's room for attributes, which has some.</summary>
    /// <exception cref="FilesystemException">An entry or a value does not fit the area.</exception>
    public static List<FoundXAttr> ParseInode(ReadOnlySpan<byte> area, uint inode) =>
        Parse(area, XAttrInodeHeader.Bytes, origin: XAttrInodeHeader.Bytes, inode, block: null);

    /// <summary>Reads all entries of a block.</summary>
    /// <exception cref="FilesystemException">An entry or a value does not fit the block.</exception>
    public static List<FoundXAttr> ParseBlock(ReadOnlySpan<byte> area, uint inode, long block) =>
        Parse(area, XAttrBlockHeader.Bytes, origin: 0, inode, block);

    /// <summary>Reads all entries.</summary>
    /// <param name="area">Entries from <paramref name="at"/> on, and their values somewhere behind them.</param>
    /// <param name="at">Where the first entry stands.</param>
    /// <param name="origin">What the values' offsets are counted from.</param>
    /// <param name="inode">Whose they are, for errors.</param>
    /// <param name="block">Where they stand, for errors.</param>
    /// <exception cref="FilesystemException">An entry or a value does not fit the area.</exception>
    private static List<FoundXAttr> Parse(ReadOnlySpan<byte> area, int at, int origin, uint inode, long? block)
    {
        var found = new List<FoundXAttr>();
        var end = EndOf(area, at, inode, block);
        var room = area.Length - end;
        while (at < end)
        {
            var (nameLength, index, offset, valueInode, length) = XAttrEntry.Read(area[at..]);
            offset += origin;
            var value = Array.Empty<byte>();
            if (valueInode == 0 && length > 0)
            {
                // Values that overlap would make much memory of few bytes.
                room -= (int)Math.Min(XAttrEntry.Pad(length), int.MaxValue / 2);
                if (offset < end || length > area.Length || offset > area.Length - (int)length || room < 0)
                {
                    throw FilesystemException.Damage($"an attribute's value of {length} bytes at {offset} is not within the attributes", inode, block);
                }

                value = area.Slice(offset, (int)length).ToArray();
            }

            var name = area.Slice(at + XAttrEntry.HeaderBytes, nameLength).ToArray();
            var entry = new XAttrEntry(index, name, value);
            found.Add(new FoundXAttr(entry, valueInode, length));
            at += entry.EntryBytes;
        }

        return found;
    }

    /// <summary>Where four zero bytes end the entries.</summary>
    private static int EndOf(ReadOnlySpan<byte> area, int at, uint inode, long? block)
    {
        while (at + XAttrEntry.EndBytes <= area.Length && !XAttrEntry.IsEnd(area[at..]))
        {
            var length = XAttrEntry.BytesAt(area[at..]);
            if (length > area.Length - at)
            {
                break;
            }

            at += length;
        }

        return XAttrEntry.IsEnd(area[at..])
            ? at
            : throw FilesystemException.Damage("the list of attributes does not end", inode, block);
    }
}
