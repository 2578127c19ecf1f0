using Loam.Filesystems.Blocks;

namespace Loam.Filesystems.Ext4.Layout;

/// <summary>The journal's first block (journal.rst; kernel, <c>include/linux/jbd2.h</c>, <c>struct journal_superblock_s</c>).</summary>
internal static class JournalSuperblock
{
    public const int Bytes = 0x400; // sizeof(journal_superblock_t)
    public const int UuidBytes = 16;

    public const int BlockSize = 0x0C; // s_blocksize
    public const int Length = 0x10; // s_maxlen
    public const int First = 0x14; // s_first
    public const int Sequence = 0x18; // s_sequence
    public const int Start = 0x1C; // s_start
    public const int Compatible = 0x24; // s_feature_compat
    public const int Incompatible = 0x28; // s_feature_incompat
    public const int Uuid = 0x30; // s_uuid
    public const int FastCommitBlocks = 0x54; // s_num_fc_blks
    private const int Users = 0x40; // s_nr_users
    private const int Checksum = 0xFC; // s_checksum

    /// <summary>How many blocks fast commits have where <see cref="FastCommitBlocks"/> is 0.</summary>
    public const uint UsualFastCommitBlocks = 256; // JBD2_DEFAULT_FAST_COMMIT_BLOCKS

    /// <summary>That of an empty journal; the rest of it can be a hole.</summary>
    public static byte[] Create(int blocks)
    {
        var block = new byte[Format.BlockSize];
        var span = block.AsSpan();
        new JournalHeader(JournalHeader.SuperblockV2, Sequence: 0).WriteTo(span);
        span.PutBe32(BlockSize, Format.BlockSize);
        span.PutBe32(Length, (uint)blocks);
        span.PutBe32(First, 1);
        span.PutBe32(Sequence, 1);
        span.PutBe32(Users, 1);
        return block;
    }

    /// <summary>The features; they came with the second version.</summary>
    public static JournalFeatures FeaturesOf(ReadOnlySpan<byte> super, uint type) =>
        type == JournalHeader.SuperblockV2 ? new JournalFeatures(super.Be32(Compatible), super.Be32(Incompatible)) : default;

    /// <summary>Whether a superblock's checksum is right.</summary>
    public static bool HasRightChecksum(ReadOnlySpan<byte> super)
    {
        var crc = Crc32C.Add(Crc32C.Add(Crc32C.Start, super[..Checksum]), 0u);
        return Crc32C.Add(crc, super[(Checksum + sizeof(uint))..Bytes]) == super.Be32(Checksum);
    }
}
