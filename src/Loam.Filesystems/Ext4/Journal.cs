using System.Buffers.Binary;

namespace Loam.Filesystems.Ext4;

/// <summary>An empty journal (journal.rst): its superblock, which is big-endian; the rest is a hole.</summary>
internal static class Journal
{
    private const uint Magic = 0xC03B_3998;
    private const uint SuperblockV2 = 4;

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
