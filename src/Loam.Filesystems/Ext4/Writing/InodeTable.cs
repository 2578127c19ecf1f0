using Loam.Filesystems.Ext4.Layout;
using Loam.Filesystems.Tree;

namespace Loam.Filesystems.Ext4.Writing;

/// <summary>Writes the inodes (inodes.rst), group by group; what no inode in use needs stays a hole.</summary>
internal sealed class InodeTable
{
    private readonly DiskFile _disk;
    private readonly Geometry _geometry;
    private readonly IReadOnlyList<GroupPlaces> _places;
    private readonly uint _checksumSeed;
    private readonly byte[] _block = new byte[Format.BlockSize];
    private readonly int[] _directories;
    private long _blockNumber = -1;

    private InodeTable(DiskFile disk, Geometry geometry, IReadOnlyList<GroupPlaces> places, uint checksumSeed)
    {
        (_disk, _geometry, _places, _checksumSeed) = (disk, geometry, places, checksumSeed);
        _directories = new int[geometry.Groups];
    }

    /// <summary>Writes all inodes in use.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="geometry">Its geometry.</param>
    /// <param name="places">Where each group's part of the table stands.</param>
    /// <param name="checksumSeed">What checksums start from.</param>
    /// <param name="reserved">The inodes that no name leads to.</param>
    /// <param name="nodes">The root, and then the other nodes by rising number.</param>
    /// <param name="placed">What the nodes do not say of themselves.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>For each group, how many of its inodes are directories.</returns>
    public static IReadOnlyList<int> Write(
        DiskFile disk,
        Geometry geometry,
        IReadOnlyList<GroupPlaces> places,
        uint checksumSeed,
        ReservedInodes reserved,
        IReadOnlyList<NumberedNode> nodes,
        PlacedNodes placed,
        CancellationToken cancellationToken)
    {
        var table = new InodeTable(disk, geometry, places, checksumSeed);
        for (var number = 1u; number < Format.FirstFreeInode; number++)
        {
            var inode = table.Take(number);
            switch (number)
            {
                case Format.RootInode:
                    table.Write(inode, nodes[0].Node, placed);
                    break;
                case Format.JournalInode:
                    reserved.Journal.CopyTo(inode);
                    break;
                case Format.ResizeInode:
                    reserved.Resize.CopyTo(inode);
                    break;
                default:
                    // Reserved ones are empty, but their checksums are looked at.
                    default(InodeRecord).WriteTo(inode, ChecksumStart.Of(checksumSeed, number));
                    break;
            }
        }

        for (var i = 1; i < nodes.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            table.Write(table.Take(nodes[i].Node.Number), nodes[i].Node, placed);
        }

        table.Flush();
        return table._directories;
    }

    private void Write(Span<byte> inode, FileNode node, PlacedNodes placed)
    {
        Span<byte> root = stackalloc byte[InodeLayout.RootBytes];
        Span<byte> attributes = stackalloc byte[InodeRecord.XAttrSize];
        root.Clear();
        attributes.Clear();
        XAttrStore.WriteInode(attributes, node.Metadata.XAttrs);
        var content = placed.ContentOf(node);
        var hasTree = placed.ExtentTrees.TryGetValue(node.Number, out var tree);
        var hasBlock = placed.XAttrBlocks.TryGetValue(node.Number, out var attributeBlock);
        var metadata = node.Metadata;
        var record = new InodeRecord
        {
            Mode = ModeBits.Of(node),
            Uid = metadata.Uid,
            Gid = metadata.Gid,
            Size = content.Size,
            Links = node.LinkCount,
            Modified = metadata.Modified,
            Blocks = content.Blocks + tree.Blocks + (hasBlock ? 1 : 0),
            Root = root,
            XAttrs = attributes,
            XAttrBlock = attributeBlock,
        };
        switch (node)
        {
            case SpecialNode { Kind: SpecialKind.CharacterDevice or SpecialKind.BlockDevice } device:
                InodeDevice.Put(root, device.Major, device.Minor);
                break;
            case SpecialNode:
                break;
            case SymlinkNode { Target.Length: < NodePlacer.InlineTargetLength } link:
                link.Target.Span.CopyTo(root);
                record.Size = link.Target.Length;
                break;
            case DirectoryNode directory:
                record.Links = LinksOf(directory);
                record.Flags = placed.Directories[node.Number].Indexed ? InodeLayout.IndexFlag : 0;
                _directories[(node.Number - 1) / _geometry.InodesPerGroup]++;
                goto default;
            default:
                record.Flags |= InodeLayout.ExtentsFlag;
                if (hasTree)
                {
                    tree.Root.CopyTo(root);
                }
                else
                {
                    ExtentTree.WriteRoot(root, content);
                }

                break;
        }

        record.WriteTo(inode, ChecksumStart.Of(_checksumSeed, node.Number));
    }

    /// <summary>The place of an inode in the block under way; zeros.</summary>
    private Span<byte> Take(uint number)
    {
        var index = number - 1;
        var within = index % _geometry.InodesPerGroup;
        var block = _places[(int)(index / _geometry.InodesPerGroup)].InodeTable + within / Format.InodesPerBlock;
        if (block != _blockNumber)
        {
            Flush();
            _blockNumber = block;
        }

        return _block.AsSpan((int)(within % Format.InodesPerBlock) * Format.InodeSize, Format.InodeSize);
    }

    private void Flush()
    {
        if (_blockNumber >= 0)
        {
            _disk.Write(_blockNumber, _block);
            _block.AsSpan().Clear();
        }
    }

    private static int LinksOf(DirectoryNode directory)
    {
        var subdirectories = directory.Entries.Values.Count(node => node is DirectoryNode);

        // One means "too many to count" (dir_nlink).
        return subdirectories > Format.MaximumSubdirectories ? 1 : 2 + subdirectories;
    }
}
