using System.Runtime.InteropServices;
using System.Text;
using Loam.Files;
using Loam.Filesystems;

namespace Loam.Disks;

/// <summary>Writes a merged tree as files of this machine. With root everything is kept; without, what only root may
/// set is left out and counted.</summary>
internal sealed class StageWriter(DiskFile disk, string folder)
{
    private const int ChunkBytes = 1 << 20;

    private readonly Dictionary<FileNode, byte[]> _first = new(ReferenceEqualityComparer.Instance);
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(ChunkBytes);

    /// <summary>How many owners, devices and attributes could not be set without root.</summary>
    public int LeftOut { get; private set; }

    /// <summary>Writes the tree into the folder, which must not be there yet.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.Io"/>.</exception>
    public void Write(FileTree tree, CancellationToken cancellationToken)
    {
        var directories = new Stack<(byte[] Path, Metadata Metadata)>();
        Create(TreePath.Root, PathOf(TreePath.Root), tree.Root);
        directories.Push((PathOf(TreePath.Root), tree.Root.Metadata));
        foreach (var (path, node) in tree.Walk())
        {
            cancellationToken.ThrowIfCancellationRequested();
            var place = PathOf(path);
            if (_first.TryGetValue(node, out var first))
            {
                Check(Libc.Link(first, place), path);
                continue;
            }

            var made = Create(path, place, node);
            if (node.LinkCount > 1 && node is not DirectoryNode && made)
            {
                _first[node] = place;
            }

            if (node is DirectoryNode)
            {
                directories.Push((place, node.Metadata));
            }
            else if (made)
            {
                Apply(place, node.Metadata, node is SymlinkNode);
            }
        }

        // Making files changes the times of their folder, so folders come last, the deepest first.
        foreach (var (place, metadata) in directories)
        {
            Apply(place, metadata, isLink: false);
        }
    }

    /// <summary>Removes what was written, the deepest first; .NET's own way stumbles over names that are no text.</summary>
    public void Remove(FileTree tree)
    {
        foreach (var (path, _) in tree.Walk().Reverse())
        {
            _ = Libc.Remove(PathOf(path));
        }

        _ = Libc.Remove(PathOf(TreePath.Root));
    }

    private bool Create(TreePath path, byte[] place, FileNode node)
    {
        switch (node)
        {
            case DirectoryNode:
                Check(Libc.MakeDirectory(place, 0b111_000_000), path);
                return true;
            case RegularFileNode file:
                WriteContent(path, place, BlockContent.Of(file.Content));
                return true;
            case SymlinkNode link:
                Check(Libc.Symlink([.. link.Target.Span, 0], place), path);
                return true;
            case SpecialNode special:
                return Permitted(Libc.MakeNode(place, ModeOf(special.Kind), DeviceOf(special)), path);
            default:
                return false;
        }
    }

    private void WriteContent(TreePath path, byte[] place, BlockContent content)
    {
        using var file = Libc.CreateFile(place);
        Check(file.IsInvalid ? -1 : 0, path);
        RandomAccess.SetLength(file, content.Size);
        foreach (var extent in content.Extents)
        {
            var end = Math.Min(content.Size, (extent.Logical + extent.Count) * DiskFile.BlockSize);
            for (var at = extent.Logical * DiskFile.BlockSize; at < end;)
            {
                var chunk = _buffer.AsSpan(0, (int)Math.Min(_buffer.Length, end - at));
                disk.Read((extent.Physical - extent.Logical) * DiskFile.BlockSize + at, chunk);
                RandomAccess.Write(file, chunk, at);
                at += chunk.Length;
            }
        }
    }

    private void Apply(byte[] place, Metadata metadata, bool isLink)
    {
        var path = TreePath.Root;
        Permitted(Libc.ChangeOwner(place, metadata.Uid, metadata.Gid), path);
        foreach (var attribute in metadata.XAttrs.Items)
        {
            Permitted(Libc.SetXAttr(place, [.. Encoding.UTF8.GetBytes(attribute.Name), 0], attribute.Value.ToArray(), (nuint)attribute.Value.Length, 0), path);
        }

        if (!isLink)
        {
            // After the owner, whose change clears set-user-id.
            Check(Libc.ChangeMode(place, metadata.Permissions), path);
        }

        Check(Libc.SetTimes(place, metadata.Modified), path);
    }

    private bool Permitted(int result, TreePath path)
    {
        if (result != 0 && Marshal.GetLastPInvokeError() == Libc.NotPermitted && !Environment.IsPrivilegedProcess)
        {
            LeftOut++;
            return false;
        }

        Check(result, path);
        return true;
    }

    private void Check(int result, TreePath path)
    {
        if (result != 0)
        {
            throw new LoamException(ErrorCodes.Io, $"stage {folder}, {path}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
        }
    }

    private byte[] PathOf(TreePath path) => [.. Encoding.UTF8.GetBytes(folder), (byte)'/', .. path.Bytes, 0];

    private static uint ModeOf(SpecialKind kind) => kind switch
    {
        SpecialKind.CharacterDevice => 0x2000,
        SpecialKind.BlockDevice => 0x6000,
        SpecialKind.Fifo => 0x1000,
        _ => 0xC000,
    };

    /// <summary>A device number as the C library packs it (<c>makedev</c>(3)).</summary>
    private static ulong DeviceOf(SpecialNode node) =>
        (node.Minor & 0xFF) | ((ulong)(node.Major & 0xFFF) << 8) | ((ulong)(node.Minor & ~0xFFu) << 12);
}
