namespace Loam.Filesystems.Folders;

/// <summary>The content of a file of this host.</summary>
/// <param name="reader">Who read its folder.</param>
/// <param name="size">The length that the file had.</param>
/// <param name="path">Where it stood in the folder.</param>
/// <param name="identity">What it is known by.</param>
internal sealed class HostContent(FolderReader reader, long size, TreePath path, (ulong Device, ulong Inode) identity) : FileContent(size)
{
    public FolderReader Reader => reader;

    public TreePath Path => path;

    public (ulong Device, ulong Inode) Identity => identity;
}
