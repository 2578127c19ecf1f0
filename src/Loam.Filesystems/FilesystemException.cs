namespace Loam.Filesystems;

/// <summary>What went wrong while a tree was changed or a disk was written or read.</summary>
public enum FilesystemError
{
    /// <summary>A path climbs above the root (<c>..</c>), or is empty where a name is needed.</summary>
    PathEscapesRoot,

    /// <summary>A name holds a NUL or a slash, or is <c>.</c> or <c>..</c>.</summary>
    InvalidName,

    /// <summary>A name is longer than 255 bytes, or a path longer than 4,096 bytes.</summary>
    NameTooLong,

    /// <summary>Directories nest deeper than <see cref="FileTree.MaximumDepth"/>.</summary>
    TooDeep,

    /// <summary>Resolving a path followed more than 40 symbolic links.</summary>
    TooManySymlinks,

    /// <summary>A path or a hard link's target does not exist.</summary>
    NotFound,

    /// <summary>A path leads through something that is not a directory.</summary>
    NotADirectory,

    /// <summary>A hard link's target is a directory.</summary>
    IsADirectory,

    /// <summary>A symbolic link's target is empty, holds a NUL, or is longer than 4,095 bytes.</summary>
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

    /// <summary>The content does not fit the size that was asked for.</summary>
    DiskTooSmall,

    /// <summary>The content does not fit the largest disk that can be written.</summary>
    DiskTooLarge,
}

/// <summary>A tree or a disk cannot be written as asked.</summary>
public sealed class FilesystemException : Exception
{
    /// <summary>Creates the error.</summary>
    public FilesystemException(FilesystemError error, string message)
        : base(message) => Error = error;

    /// <summary>What went wrong.</summary>
    public FilesystemError Error { get; }

    /// <summary>For <see cref="FilesystemError.DiskTooSmall"/>: the smallest size in bytes that would do.</summary>
    public long? NeededBytes { get; init; }
}
