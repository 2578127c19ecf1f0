namespace Loam.Filesystems.Ext4.Layout;

/// <summary>What extended attributes within an inode begin with (attributes.rst; kernel, <c>fs/ext4/xattr.h</c>,
/// <c>struct ext4_xattr_ibody_header</c>). The offsets of their values count from behind it.</summary>
internal static class XAttrInodeHeader
{
    public const int Bytes = 4; // sizeof(struct ext4_xattr_ibody_header)

    private const int Magic = 0x0; // h_magic

    public static void Write(Span<byte> area) => area.PutLe32(Magic, XAttrBlockHeader.MagicNumber);

    /// <summary>Whether an inode's room for attributes has any.</summary>
    public static bool Is(ReadOnlySpan<byte> area) => area.Length >= Bytes && area.Le32(Magic) == XAttrBlockHeader.MagicNumber;
}
