using Loam.Filesystems.Blocks;

namespace Loam.Filesystems.Ext4.Layout;

/// <summary>What a block of extended attributes begins with (attributes.rst; kernel, <c>fs/ext4/xattr.h</c>,
/// <c>struct ext4_xattr_header</c>).</summary>
internal static class XAttrBlockHeader
{
    public const int Bytes = 0x20; // sizeof(struct ext4_xattr_header)
    public const uint MagicNumber = 0xEA02_0000; // EXT4_XATTR_MAGIC

    /// <summary>The most files that share one block.</summary>
    public const int MaximumUsers = 1024; // EXT4_XATTR_REFCOUNT_MAX

    private const int Magic = 0x0; // h_magic
    private const int Users = 0x4; // h_refcount
    private const int Blocks = 0x8; // h_blocks
    private const int Hash = 0xC; // h_hash
    private const int Checksum = 0x10; // h_checksum

    /// <summary>Writes the header of a block that is else complete.</summary>
    /// <param name="block">The block; zeros where the header stands.</param>
    /// <param name="users">How many files share it.</param>
    /// <param name="hash">The hash of its entries.</param>
    /// <param name="number">The block's number.</param>
    /// <param name="seed">What the file system's checksums start from.</param>
    public static void Write(Span<byte> block, int users, uint hash, long number, uint seed)
    {
        block.PutLe32(Magic, MagicNumber);
        block.PutLe32(Users, users);
        block.PutLe32(Blocks, 1);
        block.PutLe32(Hash, hash);
        block.PutLe32(Checksum, ChecksumOf(block, number, seed));
    }

    /// <summary>Whether a block is one of attributes.</summary>
    public static bool IsRight(ReadOnlySpan<byte> block) => block.Le32(Magic) == MagicNumber && block.Le32(Blocks) == 1;

    /// <summary>Whether a block's checksum is right.</summary>
    public static bool HasRightChecksum(ReadOnlySpan<byte> block, long number, uint seed) => ChecksumOf(block, number, seed) == block.Le32(Checksum);

    private static uint ChecksumOf(ReadOnlySpan<byte> block, long number, uint seed)
    {
        var crc = Crc32C.Add(Crc32C.Add(seed, (ulong)number), block[..Checksum]);
        return Crc32C.Add(Crc32C.Add(crc, 0u), block[(Checksum + sizeof(uint))..]);
    }
}
