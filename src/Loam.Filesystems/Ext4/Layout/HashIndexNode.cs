namespace Loam.Filesystems.Ext4.Layout;

/// <summary>A block of the index of a very large directory (dynamic.rst, "Hash Tree Directories"; kernel,
/// <c>fs/ext4/namei.c</c>, <c>struct dx_node</c>): to those who know no index, a block without names.</summary>
internal static class HashIndexNode
{
    /// <summary>Where the index's entries begin.</summary>
    public const int Entries = 0x8; // entries

    /// <summary>Writes everything but the index's entries over zeros.</summary>
    public static void Write(Span<byte> block) => block.PutLe16(DirectoryEntryLayout.Length, block.Length); // fake.rec_len

    /// <summary>Whether a block of an indexed directory is one (kernel, <c>fs/ext4/namei.c</c>, <c>get_dx_countlimit</c>).</summary>
    public static bool Is(ReadOnlySpan<byte> block) =>
        block.Le16(DirectoryEntryLayout.Length) == block.Length && block.Le32(DirectoryEntryLayout.Inode) == 0;
}
