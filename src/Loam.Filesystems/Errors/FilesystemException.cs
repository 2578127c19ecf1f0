namespace Loam.Filesystems;

/// <summary>What went wrong while a tree was changed or a disk was written or read.</summary>
public enum FilesystemError
{
    /// <summary>A path climbs above the root (<c>..</c>), or is empty where a name is needed.</summary>
    PathEscapesRoot,

    /// <summary>A name contains a NUL or a slash, or is <c>.</c> or <c>..</c>.</summary>
    InvalidName,

    /// <summary>A name is longer than 255 bytes, or a path longer than 4,096 bytes.</summary>
    NameTooLong,

    /// <summary>Directories nest deeper than <see cref="FileTree.MaximumDepth"/>.</summary>
    TooDeep,

    /// <summary>Resolving a path followed more than 40 symbolic links.</summary>
    TooManySymlinks,

    /// <summary>A path or a hard link's target does not exist.</summary>
    NotFound,

    /// <summary>A path goes through something that is not a directory.</summary>
    NotADirectory,

    /// <summary>A hard link's target is a directory.</summary>
    IsADirectory,

    /// <summary>A symbolic link's target is empty, contains a NUL, or is longer than 4,095 bytes.</summary>
    InvalidSymlink,

    /// <summary>A device number is beyond what Linux has.</summary>
    InvalidDevice,

    /// <summary>A file has more than 65,000 names.</summary>
    TooManyLinks,

    /// <summary>A file is larger than the file system can describe.</summary>
    FileTooLarge,

    /// <summary>A file's extended attributes do not fit the file system's limits.</summary>
    XAttrsTooLarge,

    /// <summary>An extended attribute has a name or a value that the file system has no place for.</summary>
    InvalidXAttr,

    /// <summary>The content does not fit the given size.</summary>
    DiskTooSmall,

    /// <summary>The content does not fit the largest disk that can be written.</summary>
    DiskTooLarge,

    /// <summary>A file is not an ext4 file system.</summary>
    NotExt4,

    /// <summary>A disk uses a feature that is not read, which the message names.</summary>
    UnsupportedFeature,

    /// <summary>The structures of a disk contradict themselves or have a wrong checksum.</summary>
    Damaged,

    /// <summary>A disk was not cleanly unmounted, and the operation needs that.</summary>
    NotClean,

    /// <summary>Reading a disk or a file would take more than was allowed.</summary>
    LimitExceeded,

    /// <summary>A path names something that has no content: a directory, a device, a pipe or a socket.</summary>
    NotARegularFile,
}

/// <summary>A tree or a disk cannot be written, or a disk cannot be read, as asked.</summary>
public sealed class FilesystemException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="error">What went wrong.</param>
    /// <param name="message">What went wrong, and with what, for a person.</param>
    public FilesystemException(FilesystemError error, string message)
        : base(message) => Error = error;

    /// <summary>What went wrong.</summary>
    public FilesystemError Error { get; }

    /// <summary>For <see cref="FilesystemError.DiskTooSmall"/>: the smallest size in bytes that would do.</summary>
    public long? NeededBytes { get; init; }

    /// <summary>The inode of a disk that is read where it went wrong, if it went wrong at one.</summary>
    public long? Inode { get; init; }

    /// <summary>The block of a disk that is read where it went wrong, in the file system's blocks, if it went wrong at one.</summary>
    public long? Block { get; init; }

    /// <summary>Damage of a disk that is read.</summary>
    internal static FilesystemException Damage(string what, long? inode = null, long? block = null)
    {
        var where = (inode, block) switch
        {
            (null, null) => "",
            (null, _) => $"block {block}: ",
            (_, null) => $"inode {inode}: ",
            _ => $"inode {inode}, block {block}: ",
        };
        return new FilesystemException(FilesystemError.Damaged, where + what) { Inode = inode, Block = block };
    }
}
