using System.Buffers.Binary;

namespace Loam.Filesystems.Ext4.Layout;

/// <summary>The journal's kinds of blocks (journal.rst), and an empty journal: its superblock, which is big-endian; the rest
/// is a hole.</summary>
internal static class Journal
{
    public const uint Magic = 0xC03B_3998;
    public const uint DescriptorBlock = 1;
    public const uint CommitBlock = 2;
    public const uint SuperblockV1 = 3;
    public const uint SuperblockV2 = 4;
    public const uint RevokeBlock = 5;

    public static byte[] Superblock(int blocks)
    {
        var block = new byte[Format.BlockSize];
        BinaryPrimitives.WriteUInt32BigEndian(block, Magic);
        BinaryPrimitives.WriteUInt32BigEndian(block.AsSpan(0x04), SuperblockV2);
        BinaryPrimitives.WriteUInt32BigEndian(block.AsSpan(0x0C), Format.BlockSize);
        BinaryPrimitives.WriteUInt32BigEndian(block.AsSpan(0x10), (uint)blocks);
        BinaryPrimitives.WriteUInt32BigEndian(block.AsSpan(0x14), 1); // first block of the log
        BinaryPrimitives.WriteUInt32BigEndian(block.AsSpan(0x18), 1); // first sequence expected
        BinaryPrimitives.WriteUInt32BigEndian(block.AsSpan(0x40), 1); // users
        return block;
    }
}
