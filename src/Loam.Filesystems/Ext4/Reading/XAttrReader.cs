using Loam.Filesystems.Blocks;
using Loam.Filesystems.Ext4.Layout;
using Loam.Filesystems.Tree;

namespace Loam.Filesystems.Ext4.Reading;

/// <summary>Reads files' extended attributes (attributes.rst): those in the inode, those in a block that files may share,
/// and values that are inodes of their own (ea_inode).</summary>
internal sealed class XAttrReader(
    SuperblockView super, BlockReader blocks, InodeReader inodes, FileBlocks map, ReadBudget budget, Action<string> warn)
{
    private const int LargestValue = 65_536; // Linux, XATTR_SIZE_MAX
    private const int AttributeBytes = 120;

    private readonly Dictionary<long, XAttrs> _blocks = [];
    private readonly Dictionary<uint, ReadOnlyMemory<byte>> _values = [];

    /// <summary>All attributes of a file.</summary>
    /// <exception cref="FilesystemException">They are damaged.</exception>
    public XAttrs Read(StoredInode inode)
    {
        var shared = inode.XAttrBlock == 0 ? XAttrs.None : ReadBlock(inode);
        var area = inode.XAttrArea;
        if (!XAttrInodeHeader.Is(area))
        {
            return shared;
        }

        var inside = Resolve(XAttrParser.ParseInode(area, inode.Number), inode, block: null);

        // Where both have a name, Linux finds the inode's.
        return inside.Count == 0 ? shared : XAttrs.Create([.. shared.Items, .. inside]);
    }

    private XAttrs ReadBlock(StoredInode inode)
    {
        var block = inode.XAttrBlock;
        if (_blocks.TryGetValue(block, out var known))
        {
            return known;
        }

        map.Own(new BlockRange(block, 1), inode.Number);
        var bytes = new byte[super.BlockSize];
        blocks.Read(block, bytes, inode.Number);
        if (!XAttrBlockHeader.IsRight(bytes))
        {
            throw FilesystemException.Damage("the block of attributes lacks its magic number", inode.Number, block);
        }

        if (super.HasChecksums && !XAttrBlockHeader.HasRightChecksum(bytes, block, super.ChecksumSeed))
        {
            throw FilesystemException.Damage("the checksum of the block of attributes is wrong", inode.Number, block);
        }

        var attributes = XAttrs.Create(Resolve(XAttrParser.ParseBlock(bytes, inode.Number, block), inode, block));
        _blocks.Add(block, attributes);
        return attributes;
    }

    private List<XAttr> Resolve(List<FoundXAttr> found, StoredInode inode, long? block)
    {
        var attributes = new List<XAttr>(found.Count);
        foreach (var one in found)
        {
            if (XAttrNamespaces.IsContent(one.Entry))
            {
                continue;
            }

            var entry = one.ValueInode == 0 ? one.Entry : one.Entry with { Value = ReadValue(one, inode, block) };
            if (ToTree(entry, inode, block) is { } attribute)
            {
                budget.TakeBytes(AttributeBytes + 2L * attribute.Name.Length + attribute.Value.Length);
                attributes.Add(attribute);
            }
            else
            {
                warn($"inode {inode.Number}: an attribute of namespace {entry.Index} named \"{TreePath.Display(entry.Name)}\" was left out");
            }
        }

        return attributes;
    }

    private static XAttr? ToTree(in XAttrEntry entry, StoredInode inode, long? block)
    {
        try
        {
            return XAttrNamespaces.ToTree(entry);
        }
        catch (FilesystemException e)
        {
            throw FilesystemException.Damage(e.Message, inode.Number, block);
        }
    }

    private ReadOnlyMemory<byte> ReadValue(in FoundXAttr found, StoredInode owner, long? block)
    {
        if (!super.HasIncompatible(Features.XAttrInodes))
        {
            throw FilesystemException.Damage("an attribute's value is an inode, which the file system does not have", owner.Number, block);
        }

        if (found.ValueLength > LargestValue)
        {
            throw FilesystemException.Damage($"an attribute has {found.ValueLength} bytes; the maximum is {LargestValue} bytes", owner.Number, block);
        }

        if (_values.TryGetValue(found.ValueInode, out var known))
        {
            return known.Length == found.ValueLength
                ? known
                : throw FilesystemException.Damage($"inode {found.ValueInode} is not the attribute's value", owner.Number, block);
        }

        var inode = inodes.Read(found.ValueInode);
        if ((inode.Flags & InodeLayout.XAttrInodeFlag) == 0
            || inode.Kind != ModeBits.Regular
            || inode.Size != found.ValueLength
            || found.ValueInode < super.FirstInode)
        {
            throw FilesystemException.Damage($"inode {found.ValueInode} is not the attribute's value", owner.Number, block);
        }

        budget.TakeBytes(found.ValueLength);
        var value = ReadContent(inode);

        // The inode keeps the value's checksum in place of a time (kernel, fs/ext4/xattr.c, ext4_xattr_inode_get_hash).
        if (Crc32C.Add(super.ChecksumSeed, value) != inode.Accessed)
        {
            throw FilesystemException.Damage("the checksum of an attribute's value is wrong", inode.Number);
        }

        _values.Add(found.ValueInode, value);
        return value;
    }

    /// <summary>A small file's content.</summary>
    /// <exception cref="FilesystemException">A block of it is missing.</exception>
    private byte[] ReadContent(StoredInode inode)
    {
        var value = new byte[inode.Size];
        var read = 0L;
        foreach (var extent in inode.IsInline ? [] : map.Map(inode))
        {
            if (extent.Logical * super.BlockSize != read)
            {
                break;
            }

            var length = Math.Min(value.Length - read, extent.Count * super.BlockSize);
            blocks.ReadWithin(extent.Physical, 0, value.AsSpan((int)read, (int)length));
            read += length;
        }

        return read == value.Length ? value : throw FilesystemException.Damage("a block of an attribute's value is missing", inode.Number);
    }
}
