using Loam.Filesystems.Host;
using Loam.Filesystems.Tree;
using Microsoft.Win32.SafeHandles;

namespace Loam.Filesystems.Folders;

/// <summary>Makes the files of one node and of all below it in a folder of this host.</summary>
internal sealed class TreeWriter(HostFolder top, Func<RegularFileNode, Stream> openContent, FolderWriteOptions options)
{
    private const int ChunkBytes = 1 << 20;

    /// <summary>Permissions that stay where an owner is not kept: all but set-user-id and set-group-id.</summary>
    private const ushort UnownedPermissions = 0b001_111_111_111;

    private readonly Dictionary<FileNode, TreePath> _first = new(ReferenceEqualityComparer.Instance);
    private readonly List<(TreePath Path, DirectoryNode Node)> _folders = [];
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(ChunkBytes);
    private long _files;
    private long _owners;
    private long _attributes;
    private long _specials;

    public FolderWriteSummary Summary => new(_files, _owners, _attributes, _specials);

    /// <summary>Writes a node under a name.</summary>
    /// <returns>Whether it could be.</returns>
    public bool Write(byte[] name, FileNode node, CancellationToken cancellationToken)
    {
        if (!Make(top, TreePath.Root.Append(name), node, cancellationToken))
        {
            return false;
        }

        using var cursor = new FolderCursor(top);
        for (var i = 0; i < _folders.Count; i++)
        {
            var (path, directory) = _folders[i];
            var folder = cursor.Open(path);
            foreach (var (below, child) in directory.Sorted())
            {
                cancellationToken.ThrowIfCancellationRequested();
                Make(folder, path.Append(below), child, cancellationToken);
            }
        }

        // Making files changes the times of their folder, and a folder's own mode may shut out even its owner.
        foreach (var (path, directory) in Enumerable.Reverse(_folders))
        {
            Apply(cursor.Open(path), [], directory);
        }

        return true;
    }

    private bool Make(HostFolder folder, TreePath path, FileNode node, CancellationToken cancellationToken)
    {
        if (_first.TryGetValue(node, out var first))
        {
            using var other = new FolderCursor(top);
            folder.MakeHardLink(path.Name, other.Open(first.Parent), first.Name);
            _files++;
            return true;
        }

        switch (node)
        {
            case DirectoryNode directory:
                folder.MakeFolder(path.Name);
                _folders.Add((path, directory));
                break;
            case RegularFileNode file:
                using (var target = folder.MakeFile(path.Name))
                {
                    WriteContent(target, file, cancellationToken);
                }

                break;
            case SymlinkNode link:
                folder.MakeLink(path.Name, link.Target.Span);
                break;
            case SpecialNode special when !options.KeepSpecialFiles
                || !folder.TryMakeNode(path.Name, MakeMode(special), DeviceNumber.Encode(special.Major, special.Minor)):
                _specials++;
                return false;
        }

        _files++;
        if (node is not DirectoryNode)
        {
            Apply(folder, path.Name, node);
            if (node.LinkCount > 1)
            {
                _first.Add(node, path);
            }
        }

        return true;
    }

    private void WriteContent(SafeFileHandle target, RegularFileNode file, CancellationToken cancellationToken)
    {
        using var content = openContent(file);
        var size = file.Content.Size;
        RandomAccess.SetLength(target, size);
        foreach (var range in content is SparseStream sparse ? sparse.DataRanges : [new DataRange(0, size)])
        {
            if (content.CanSeek)
            {
                content.Position = range.Offset;
            }

            for (var at = range.Offset; at < range.End;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var chunk = _buffer.AsSpan(0, (int)Math.Min(_buffer.Length, range.End - at));
                content.ReadExactly(chunk);
                RandomAccess.Write(target, chunk, at);
                at += chunk.Length;
            }
        }
    }

    /// <summary>Sets owner, attributes, time and permissions, in that order: a new owner clears set-user-id, and permissions may
    /// shut out even the owner.</summary>
    private void Apply(HostFolder folder, ReadOnlySpan<byte> name, FileNode node)
    {
        var metadata = node.Metadata;
        var kept = options.KeepOwners && folder.TryChangeOwner(name, metadata.Uid, metadata.Gid);
        _owners += options.KeepOwners && !kept ? 1 : 0;
        foreach (var attribute in options.KeepXAttrs ? metadata.XAttrs.Items : [])
        {
            // Links and devices have none of these (xattr(7)), whatever an archive says.
            var fits = node is RegularFileNode or DirectoryNode || !attribute.Name.StartsWith("user.", StringComparison.Ordinal);
            _attributes += fits && folder.TrySetXAttr(name, attribute) ? 0 : 1;
        }

        folder.SetTime(name, metadata.Modified);
        if (node is not SymlinkNode)
        {
            // Whose file it is says whom it would run as.
            folder.ChangeMode(name, (ushort)(metadata.Permissions & (kept ? ModeBits.PermissionMask : UnownedPermissions)));
        }
    }

    /// <summary>The kind, and for nobody but the owner until the end.</summary>
    private static ushort MakeMode(SpecialNode node) => (ushort)((ModeBits.Of(node) & ModeBits.KindMask) | 0b110_000_000);
}
