using Loam.Filesystems.Ext4.Layout;
using Loam.Filesystems.Tree;

namespace Loam.Filesystems.Ext4.Writing;

/// <summary>Writes the inodes (inodes.rst), group by group; what no inode in use needs stays a hole.</summary>
internal sealed class InodeTable(DiskFile disk, Geometry geometry, IReadOnlyList<GroupPlaces> places, uint checksumSeed)
{
    private readonly byte[] _block = new byte[Format.BlockSize];
    private readonly byte[] _journal = new byte[Format.InodeSize];
    private readonly byte[] _resize = new byte[Format.InodeSize];
    private readonly int[] _directories = new int[geometry.Groups];
    private long _blockNumber = -1;

    /// <summary>For each group, how many of its inodes are directories.</summary>
    public IReadOnlyList<int> Directories => _directories;

    /// <summary>Describes the journal's inode.</summary>
    /// <returns>The inode, of which the superblock keeps a copy.</returns>
    public ReadOnlySpan<byte> DescribeJournal(BlockRange blocks)
    {
        Span<byte> root = stackalloc byte[InodeLayout.RootBytes];
        root.Clear();
        ExtentTree.WriteRoot(root, new BlockContent(blocks.Count * Format.BlockSize, [new Extent(0, blocks.Start, blocks.Count)]));
        var inode = new InodeRecord
        {
            Mode = ModeBits.Regular | 0b110_000_000,
            Size = blocks.Count * Format.BlockSize,
            Links = 1,
            Flags = InodeLayout.ExtentsFlag,
            Blocks = blocks.Count,
            Root = root,
        };
        inode.WriteTo(_journal, ChecksumStart.Of(checksumSeed, Format.JournalInode));
        return _journal;
    }

    /// <summary>Describes the inode that keeps room for growth.</summary>
    public void DescribeResize((byte[] Root, long Blocks) written)
    {
        var inode = new InodeRecord
        {
            Mode = ModeBits.Regular | 0b110_000_000,
            Size = ResizeInode.Size,
            Links = 1,
            Blocks = written.Blocks,
            Root = written.Root,
        };
        inode.WriteTo(_resize, ChecksumStart.Of(checksumSeed, Format.ResizeInode));
    }

    /// <summary>Writes all inodes in use.</summary>
    public void Write(IReadOnlyList<NumberedNode> nodes, PlacedNodes placed, CancellationToken cancellationToken)
    {
        for (var number = 1u; number < Format.FirstFreeInode; number++)
        {
            var inode = Take(number);
            switch (number)
            {
                case Format.RootInode:
                    Write(inode, nodes[0].Node, placed);
                    break;
                case Format.JournalInode:
                    _journal.CopyTo(inode);
                    break;
                case Format.ResizeInode:
                    _resize.CopyTo(inode);
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
            Write(Take(nodes[i].Node.Number), nodes[i].Node, placed);
        }

        Flush();
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
                _directories[(node.Number - 1) / geometry.InodesPerGroup]++;
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

        record.WriteTo(inode, ChecksumStart.Of(checksumSeed, node.Number));
    }

    /// <summary>The place of an inode in the block under way; zeros.</summary>
    private Span<byte> Take(uint number)
    {
        var index = number - 1;
        var within = index % geometry.InodesPerGroup;
        var block = places[(int)(index / geometry.InodesPerGroup)].InodeTable + within / Format.InodesPerBlock;
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
            disk.Write(_blockNumber, _block);
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
