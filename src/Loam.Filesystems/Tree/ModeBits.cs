namespace Loam.Filesystems.Tree;

/// <summary>A file's mode as Linux has it (inode(7)): the kind of file in the upper four of sixteen bits, permissions below.</summary>
internal static class ModeBits
{
    public const int KindMask = 0xF000; // S_IFMT
    public const int PermissionMask = 0x0FFF; // S_ISUID, S_ISGID, S_ISVTX, S_IRWXU, S_IRWXG, S_IRWXO

    public const int Fifo = 0x1000; // S_IFIFO
    public const int CharacterDevice = 0x2000; // S_IFCHR
    public const int Directory = 0x4000; // S_IFDIR
    public const int BlockDevice = 0x6000; // S_IFBLK
    public const int Regular = 0x8000; // S_IFREG
    public const int Symlink = 0xA000; // S_IFLNK
    public const int Socket = 0xC000; // S_IFSOCK

    /// <summary>Kind and permissions of a node.</summary>
    public static ushort Of(FileNode node) => (ushort)(KindOf(node) | (node.Metadata.Permissions & PermissionMask));

    private static int KindOf(FileNode node) => node switch
    {
        RegularFileNode => Regular,
        DirectoryNode => Directory,
        SymlinkNode => Symlink,
        SpecialNode { Kind: SpecialKind.CharacterDevice } => CharacterDevice,
        SpecialNode { Kind: SpecialKind.BlockDevice } => BlockDevice,
        SpecialNode { Kind: SpecialKind.Fifo } => Fifo,
        _ => Socket,
    };
}
