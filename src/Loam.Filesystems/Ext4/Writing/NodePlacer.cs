using Loam.Filesystems.Ext4.Layout;

namespace Loam.Filesystems.Ext4.Writing;

/// <summary>What an inode needs to know that its node does not say.</summary>
internal sealed class PlacedNodes(BlockHeap heap)
{
    /// <summary>Where directories stand, and whether they are indexed.</summary>
    public Dictionary<uint, (BlockContent Content, bool Indexed)> Directories { get; } = [];

    /// <summary>Where the targets of long symbolic links stand.</summary>
    public Dictionary<uint, BlockContent> Symlinks { get; } = [];

    /// <summary>Roots of extent trees that do not fit the inode, and how many blocks those trees take.</summary>
    public Dictionary<uint, (byte[] Root, long Blocks)> ExtentTrees { get; } = [];

    /// <summary>Blocks with extended attributes that do not fit the inode.</summary>
    public Dictionary<uint, long> XAttrBlocks { get; } = [];

    /// <summary>The content of a node that has blocks.</summary>
    public BlockContent ContentOf(FileNode node) => node switch
    {
        RegularFileNode file => BlockContent.Of(file.Content, heap),
        DirectoryNode => Directories[node.Number].Content,
        _ => Symlinks.GetValueOrDefault(node.Number) ?? BlockContent.Of(FileContent.Empty),
    };
}

/// <summary>Writes everything of the nodes that takes blocks of its own: directories, long link targets, attributes,
/// extent trees.</summary>
internal sealed class NodePlacer(DiskFile disk, BlockHeap heap, ContentWriter content, uint seed, Guid hashSeed)
{
    /// <summary>Targets shorter than this stand in the inode (inodes.rst, "Symbolic Links").</summary>
    public const int InlineTargetLength = InodeLayout.RootBytes;

    private readonly DirectoryWriter _directories = new(content, seed, hashSeed);
    private readonly XAttrStore _attributes = new(disk, heap, seed);
    private readonly ExtentTree _trees = new(disk, heap);

    /// <param name="tree">The tree.</param>
    /// <param name="nodes">Its nodes, numbered.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="FilesystemException">A node is beyond what ext4 can hold; the message begins with its path.</exception>
    /// <exception cref="ArgumentException">A content does not stand on the disk.</exception>
    public PlacedNodes Place(FileTree tree, IReadOnlyList<NumberedNode> nodes, CancellationToken cancellationToken)
    {
        var placed = new PlacedNodes(heap);
        foreach (var (node, parent) in nodes)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                Place(node, parent, placed);
            }
            catch (FilesystemException e)
            {
                throw new FilesystemException(e.Error, $"{tree.PathOf(node)}: {e.Message}");
            }
            catch (ArgumentException e)
            {
                throw new ArgumentException($"{tree.PathOf(node)}: {e.Message}", nameof(tree), e);
            }
        }

        _attributes.WriteBlocks();
        return placed;
    }

    private void Place(FileNode node, uint parent, PlacedNodes placed)
    {
        switch (node)
        {
            case DirectoryNode directory:
                placed.Directories[node.Number] = _directories.Write(directory, parent);
                break;
            case SymlinkNode { Target.Length: >= InlineTargetLength } link:
                content.Write(link.Target.Span);
                placed.Symlinks[node.Number] = BlockContent.Of(content.Finish());
                break;
            case RegularFileNode file when (file.Content.Size + Format.BlockSize - 1) / Format.BlockSize > Format.MaximumFileBlocks:
                throw new FilesystemException(FilesystemError.FileTooLarge, $"a file of {file.Content.Size} bytes is larger than ext4 can hold");
        }

        var where = placed.ContentOf(node);
        if (!ExtentTree.FitsInode(where))
        {
            placed.ExtentTrees[node.Number] = _trees.Write(where, ChecksumStart.Of(seed, node.Number));
        }

        if (_attributes.Place(node.Metadata.XAttrs) is not 0 and var block)
        {
            placed.XAttrBlocks[node.Number] = block;
        }
    }
}
