namespace Loam.Filesystems;

/// <summary>The content of a regular file, as its owner represents it: blocks of a disk, a digest, a file of this host.
/// A tree knows its length and nothing else of it.</summary>
/// <param name="size">The length in bytes.</param>
public abstract class FileContent(long size)
{
    /// <summary>The length in bytes.</summary>
    public long Size { get; } = size;

    /// <summary>No bytes.</summary>
    public static FileContent Empty { get; } = new NoContent();

    private sealed class NoContent() : FileContent(0);
}
