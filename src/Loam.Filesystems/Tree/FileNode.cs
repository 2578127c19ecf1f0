using Loam.Filesystems.Tree;

namespace Loam.Filesystems;

/// <summary>A file as an inode is one: it has content and metadata, but its names are kept by the directories that
/// hold it. Two names of one node are a hard link.</summary>
public abstract class FileNode
{
    private protected FileNode(Metadata metadata) => Metadata = metadata;

    /// <summary>Owner, mode, time and extended attributes.</summary>
    public Metadata Metadata { get; set; }

    /// <summary>How many names the node has; kept by <see cref="DirectoryNode"/>. Zero once the last is removed.</summary>
    public int LinkCount { get; internal set; }

    /// <summary>A number that the reader or writer of the tree keeps with it, for example a disk's inode number.</summary>
    internal uint Number { get; set; }
}

/// <summary>A regular file.</summary>
/// <param name="metadata">Owner, mode, time and extended attributes.</param>
/// <param name="content">Its content, as its owner represents it; <see cref="FileContent.Empty"/> for none.</param>
public sealed class RegularFileNode(Metadata metadata, FileContent content) : FileNode(metadata)
{
    /// <summary>Its content, as its owner represents it.</summary>
    public FileContent Content
    {
        get;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    } = content ?? throw new ArgumentNullException(nameof(content));
}

/// <summary>A symbolic link.</summary>
public sealed class SymlinkNode : FileNode
{
    /// <summary>The most bytes a target may have on ext4 with 4 KiB blocks.</summary>
    public const int MaximumTargetLength = 4095;

    /// <summary>Creates a link.</summary>
    /// <param name="metadata">Owner, time and extended attributes; a link's mode means nothing.</param>
    /// <param name="target">The target, any bytes but NUL.</param>
    /// <exception cref="FilesystemException">The target is empty, too long, or contains a NUL.</exception>
    public SymlinkNode(Metadata metadata, ReadOnlyMemory<byte> target)
        : base(metadata)
    {
        if (target.IsEmpty || target.Length > MaximumTargetLength || target.Span.Contains((byte)0))
        {
            throw new FilesystemException(
                FilesystemError.InvalidSymlink,
                $"symbolic link to {TreePath.Display(target.Span)} ({target.Length} bytes): a target must have 1 to {MaximumTargetLength} bytes and no NUL");
        }

        Target = target;
    }

    /// <summary>Creates a link.</summary>
    /// <param name="metadata">Owner, time and extended attributes; a link's mode means nothing.</param>
    /// <param name="target">The target, written as UTF-8.</param>
    /// <exception cref="FilesystemException">The target is empty, too long, or contains a NUL.</exception>
    public SymlinkNode(Metadata metadata, string target)
        : this(metadata, TreePath.Encode(target))
    {
    }

    /// <summary>The target as the link states it, any bytes.</summary>
    public ReadOnlyMemory<byte> Target { get; }
}

/// <summary>What a <see cref="SpecialNode"/> is.</summary>
public enum SpecialKind : byte
{
    /// <summary>A character device.</summary>
    CharacterDevice,

    /// <summary>A block device.</summary>
    BlockDevice,

    /// <summary>A named pipe.</summary>
    Fifo,

    /// <summary>A Unix domain socket.</summary>
    Socket,
}

/// <summary>A device, a named pipe or a socket.</summary>
public sealed class SpecialNode : FileNode
{
    /// <summary>Creates a node.</summary>
    /// <param name="metadata">Owner, mode, time and extended attributes.</param>
    /// <param name="kind">Which of the four.</param>
    /// <param name="major">A device's major number, else 0.</param>
    /// <param name="minor">A device's minor number, else 0.</param>
    /// <exception cref="FilesystemException">A device number has more than Linux's 12 and 20 bits.</exception>
    public SpecialNode(Metadata metadata, SpecialKind kind, uint major, uint minor)
        : base(metadata)
    {
        if (major > DeviceNumber.MaximumMajor || minor > DeviceNumber.MaximumMinor)
        {
            throw new FilesystemException(FilesystemError.InvalidDevice, $"device {major}:{minor} is beyond Linux's 12 and 20 bits");
        }

        (Kind, Major, Minor) = (kind, major, minor);
    }

    /// <summary>Which of the four.</summary>
    public SpecialKind Kind { get; }

    /// <summary>A device's major number, else 0.</summary>
    public uint Major { get; }

    /// <summary>A device's minor number, else 0.</summary>
    public uint Minor { get; }
}
