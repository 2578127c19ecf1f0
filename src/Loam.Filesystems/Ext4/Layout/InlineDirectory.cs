namespace Loam.Filesystems.Ext4.Layout;

/// <summary>A directory that stands in its inode (inlinedata.rst): the number of the one above it, then entries.</summary>
internal static class InlineDirectory
{
    private const int Parent = 0x0; // EXT4_INLINE_DOTDOT_OFFSET

    /// <summary>Where the entries begin.</summary>
    public const int Entries = 0x4; // EXT4_INLINE_DOTDOT_SIZE

    public static uint ParentOf(ReadOnlySpan<byte> root) => root.Le32(Parent);
}
