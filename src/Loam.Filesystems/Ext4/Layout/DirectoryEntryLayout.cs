namespace Loam.Filesystems.Ext4.Layout;

/// <summary>A name in a directory (dynamic.rst, "Linear (Classic) Directories"; kernel, <c>fs/ext4/ext4.h</c>,
/// <c>struct ext4_dir_entry_2</c>).</summary>
internal static class DirectoryEntryLayout
{
    public const int Inode = 0x0; // inode
    public const int Length = 0x4; // rec_len
    public const int NameLength = 0x6; // name_len
    public const int Type = 0x7; // file_type
    public const int Name = 0x8; // name

    /// <summary>The shortest entry: one for a name of up to four bytes.</summary>
    public const int ShortestBytes = 12; // ext4_dir_rec_len(1)

    public const byte RegularType = 1; // EXT4_FT_REG_FILE
    public const byte DirectoryType = 2; // EXT4_FT_DIR
    public const byte CharacterDeviceType = 3; // EXT4_FT_CHRDEV
    public const byte BlockDeviceType = 4; // EXT4_FT_BLKDEV
    public const byte FifoType = 5; // EXT4_FT_FIFO
    public const byte SocketType = 6; // EXT4_FT_SOCK
    public const byte SymlinkType = 7; // EXT4_FT_SYMLINK

    private const int Alignment = 4; // EXT4_DIR_PAD

    /// <summary>Bytes that an entry takes.</summary>
    public static int BytesFor(int nameLength) => (Name + nameLength + Alignment - 1) / Alignment * Alignment; // ext4_dir_rec_len

    /// <summary>Whether an entry may have a length.</summary>
    public static bool IsAligned(int length) => length % Alignment == 0;

    /// <summary>The number that an entry has for a kind of file.</summary>
    public static byte TypeOf(FileNode node) => node switch
    {
        RegularFileNode => RegularType,
        DirectoryNode => DirectoryType,
        SpecialNode { Kind: SpecialKind.CharacterDevice } => CharacterDeviceType,
        SpecialNode { Kind: SpecialKind.BlockDevice } => BlockDeviceType,
        SpecialNode { Kind: SpecialKind.Fifo } => FifoType,
        SpecialNode => SocketType,
        _ => SymlinkType,
    };

    /// <summary>Writes an entry.</summary>
    /// <param name="entry">Where it begins; what pads the name becomes zeros.</param>
    /// <param name="name">The name.</param>
    /// <param name="inode">What it leads to.</param>
    /// <param name="type">The kind of file.</param>
    /// <param name="length">How far it is to the next entry.</param>
    public static void Write(Span<byte> entry, ReadOnlySpan<byte> name, uint inode, byte type, int length)
    {
        entry.PutLe32(Inode, inode);
        entry.PutLe16(Length, length);
        entry[NameLength] = (byte)name.Length;
        entry[Type] = type;
        name.CopyTo(entry[Name..]);
        entry[(Name + name.Length)..Math.Min(entry.Length, BytesFor(name.Length))].Clear();
    }
}
