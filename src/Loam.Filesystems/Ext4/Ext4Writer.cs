namespace Loam.Filesystems;

/// <summary>Writes an ext4 disk in one pass: contents through <see cref="Content"/> first, then the rest.</summary>
public sealed class Ext4Writer
{
    /// <summary>Starts a disk.</summary>
    /// <param name="disk">A new, empty file.</param>
    /// <param name="options">What to make.</param>
    public Ext4Writer(DiskFile disk, Ext4Options options)
    {
        _ = options;
        Heap = new BlockHeap(disk, [new BlockRange(0, 129)]);
        Content = new ContentWriter(disk, Heap);
    }

    /// <summary>The blocks of the disk.</summary>
    public BlockHeap Heap { get; }

    /// <summary>Where contents go, one file after another, before <see cref="Finish"/>.</summary>
    public ContentWriter Content { get; }

    /// <summary>Writes all metadata of a tree whose contents are on the disk already, and ends the file system.</summary>
    /// <exception cref="FilesystemException">The tree does not fit the size or the format.</exception>
    public Ext4Summary Finish(FileTree tree, CancellationToken cancellationToken) => throw new NotSupportedException();
}
