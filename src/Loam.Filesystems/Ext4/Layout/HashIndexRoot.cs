namespace Loam.Filesystems.Ext4.Layout;

/// <summary>The first block of a directory too large for one (dynamic.rst, "Hash Tree Directories"; kernel,
/// <c>fs/ext4/namei.c</c>, <c>struct dx_root</c>): to those who know no index, the entries of "." and ".." alone.</summary>
internal static class HashIndexRoot
{
    /// <summary>Where the index's entries begin.</summary>
    public const int Entries = 0x20; // entries

    private const int Parent = 0xC; // dotdot
    private const int Reserved = 0x18; // info.reserved_zero
    private const int HashVersion = 0x1C; // info.hash_version
    private const int InfoLength = 0x1D; // info.info_length
    private const int Levels = 0x1E; // info.indirect_levels

    private const byte InfoBytes = 8; // sizeof(struct dx_root_info)

    /// <summary>Writes everything but the index's entries over zeros.</summary>
    /// <param name="block">The block.</param>
    /// <param name="inode">The directory.</param>
    /// <param name="parent">The directory above it.</param>
    /// <param name="levels">Levels of nodes between it and the blocks of names.</param>
    public static void Write(Span<byte> block, uint inode, uint parent, int levels)
    {
        DirectoryEntryLayout.Write(block, "."u8, inode, DirectoryEntryLayout.DirectoryType, Parent);
        DirectoryEntryLayout.Write(block[Parent..], ".."u8, parent, DirectoryEntryLayout.DirectoryType, block.Length - Parent);
        block[HashVersion] = HalfMd4.Version;
        block[InfoLength] = InfoBytes;
        block[Levels] = (byte)levels;
    }

    /// <summary>Whether a block is one (kernel, <c>fs/ext4/namei.c</c>, <c>get_dx_countlimit</c>).</summary>
    public static bool Is(ReadOnlySpan<byte> block) =>
        block.Le16(DirectoryEntryLayout.Length) == Parent
        && block.Le16(Parent + DirectoryEntryLayout.Length) == block.Length - Parent
        && block.Le32(Reserved) == 0
        && block[InfoLength] == InfoBytes;
}
