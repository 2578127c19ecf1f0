using Loam.Filesystems.Ext4.Layout;
using Loam.Filesystems.Tree;

namespace Loam.Filesystems.Ext4.Reading;

/// <summary>Makes a tree of what a file system's directories lead to. Each directory is met once, so that no loop of them
/// has an effect; nesting is walked without recursion.</summary>
internal sealed class TreeReader(
    SuperblockView super, BlockReader blocks, InodeReader inodes, FileBlocks map, XAttrReader attributes, ReadBudget budget, Ext4ReadOptions options)
{
    private const int NodeBytes = 250;
    private const ushort LostAndFoundPermissions = 0b111_000_000;

    private readonly Dictionary<uint, FileNode> _linked = [];
    private readonly BlockClaims _met = new(budget);
    private readonly Stack<(DirectoryNode Node, StoredInode Inode, uint Parent, int Depth)> _pending = new();

    /// <summary>Reads the whole tree.</summary>
    /// <exception cref="FilesystemException">The file system is damaged, or beyond a limit.</exception>
    public FileTree Read(CancellationToken cancellationToken)
    {
        var names = new DirectoryReader(super, blocks, map, budget);
        var tree = new FileTree();
        var root = inodes.Read(Format.RootInode);
        if (root.Kind != ModeBits.Directory)
        {
            throw FilesystemException.Damage("the root is not a directory", Format.RootInode);
        }

        Meet(root);
        tree.Root.Metadata = MetadataOf(root);
        tree.Root.Number = Format.RootInode;
        _pending.Push((tree.Root, root, Format.RootInode, 1));
        while (_pending.TryPop(out var directory))
        {
            foreach (var name in names.Read(directory.Inode, directory.Parent))
            {
                cancellationToken.ThrowIfCancellationRequested();
                Bind(directory.Node, directory.Inode.Number, name, directory.Depth);
            }
        }

        DropLostAndFound(tree.Root);
        return tree;
    }

    private void Bind(DirectoryNode directory, uint parent, DirectoryName name, int depth)
    {
        if (!_linked.TryGetValue(name.Inode, out var node))
        {
            if (name.Inode < super.FirstInode)
            {
                throw FilesystemException.Damage($"\"{TreePath.Display(name.Name)}\" refers to inode {name.Inode}, which is reserved", parent);
            }

            var inode = inodes.Read(name.Inode);
            node = NodeOf(inode);
            if (node is DirectoryNode child)
            {
                if (depth >= FileTree.MaximumDepth)
                {
                    throw new FilesystemException(FilesystemError.TooDeep, $"inode {inode.Number} is more than {FileTree.MaximumDepth} directories deep")
                    {
                        Inode = inode.Number,
                    };
                }

                _pending.Push((child, inode, parent, depth + 1));
            }
            else if (inode.Links > 1)
            {
                _linked.Add(inode.Number, node);
            }
        }

        if (name.Type != 0 && name.Type != DirectoryEntryLayout.TypeOf(node))
        {
            throw FilesystemException.Damage(
                $"\"{TreePath.Display(name.Name)}\" has kind {name.Type} in the directory, and inode {name.Inode} has another", parent);
        }

        if (Set(directory, parent, name, node) is not null)
        {
            throw FilesystemException.Damage($"\"{TreePath.Display(name.Name)}\" is in the directory twice", parent);
        }
    }

    private static FileNode? Set(DirectoryNode directory, uint parent, DirectoryName name, FileNode node)
    {
        try
        {
            var had = directory.Find(name.Name) is not null;
            return directory.Set(name.Name, node) ?? (had ? node : null);
        }
        catch (FilesystemException e) when (e.Error == FilesystemError.InvalidName)
        {
            throw FilesystemException.Damage(e.Message, parent);
        }
    }

    private void Meet(StoredInode inode)
    {
        if (inode.Links == 0)
        {
            throw FilesystemException.Damage("a name refers to the inode, whose link count is 0", inode.Number);
        }

        if (_met.Take(new BlockRange(inode.Number, 1)) is not null)
        {
            throw FilesystemException.Damage("more names refer to the inode than a file may have", inode.Number);
        }
    }

    private FileNode NodeOf(StoredInode inode)
    {
        Meet(inode);
        budget.TakeBytes(NodeBytes);
        var metadata = MetadataOf(inode);
        FileNode node = inode.Kind switch
        {
            ModeBits.Regular when (inode.Flags & InodeLayout.XAttrInodeFlag) == 0 => new RegularFileNode(metadata, map.ContentOf(inode)),
            ModeBits.Directory => new DirectoryNode(metadata),
            ModeBits.Symlink => SymlinkOf(inode, metadata),
            ModeBits.CharacterDevice => DeviceOf(inode, metadata, SpecialKind.CharacterDevice),
            ModeBits.BlockDevice => DeviceOf(inode, metadata, SpecialKind.BlockDevice),
            ModeBits.Fifo => new SpecialNode(metadata, SpecialKind.Fifo, 0, 0),
            ModeBits.Socket => new SpecialNode(metadata, SpecialKind.Socket, 0, 0),
            _ => throw FilesystemException.Damage($"mode {inode.Mode:x} is not the mode of a file", inode.Number),
        };
        node.Number = inode.Number;
        return node;
    }

    private Metadata MetadataOf(StoredInode inode) =>
        new((ushort)(inode.Mode & ~ModeBits.KindMask), inode.Uid, inode.Gid, inode.Modified, attributes.Read(inode));

    private SymlinkNode SymlinkOf(StoredInode inode, Metadata metadata)
    {
        if (inode.Size > SymlinkNode.MaximumTargetLength || (inode.IsFastSymlink && inode.Size > InodeLayout.RootBytes))
        {
            throw FilesystemException.Damage($"a symbolic link of {inode.Size} bytes", inode.Number);
        }

        budget.TakeBytes(inode.Size);
        var target = inode.IsInline ? InlineContent.ReadAll(inode)
            : inode.IsFastSymlink ? inode.Root[..(int)inode.Size].ToArray()
            : ReadTarget(inode);
        try
        {
            return new SymlinkNode(metadata, target);
        }
        catch (FilesystemException e)
        {
            throw FilesystemException.Damage(e.Message, inode.Number);
        }
    }

    private byte[] ReadTarget(StoredInode inode)
    {
        var target = new byte[inode.Size];
        var read = 0L;
        foreach (var extent in map.Map(inode))
        {
            if (extent.Logical * super.BlockSize != read)
            {
                break;
            }

            var length = Math.Min(target.Length - read, extent.Count * super.BlockSize);
            blocks.ReadWithin(extent.Physical, 0, target.AsSpan((int)read, (int)length));
            read += length;
        }

        return read == target.Length ? target : throw FilesystemException.Damage("a block of a symbolic link is missing", inode.Number);
    }

    private static SpecialNode DeviceOf(StoredInode inode, Metadata metadata, SpecialKind kind)
    {
        var (major, minor) = InodeDevice.Get(inode.Root);
        return new SpecialNode(metadata, kind, major, minor);
    }

    /// <summary>What mke2fs and e2fsck make for themselves is not content while it is empty.</summary>
    private void DropLostAndFound(DirectoryNode root)
    {
        if (!options.KeepLostFound
            && root.Find("lost+found"u8) is DirectoryNode { Count: 0, Metadata: var metadata }
            && metadata is { Permissions: LostAndFoundPermissions, Uid: 0, Gid: 0, XAttrs.IsEmpty: true })
        {
            root.Remove("lost+found"u8, out _);
        }
    }
}
