using Loam.Filesystems.Blocks;

namespace Loam.Filesystems.Ext4.Layout;

/// <summary>The block that ends a transaction (journal.rst, "Commit Block"; kernel, <c>include/linux/jbd2.h</c>,
/// <c>struct commit_header</c>).</summary>
internal static class JournalCommit
{
    private const int ChecksumType = 0xC; // h_chksum_type
    private const int ChecksumBytes = 0xD; // h_chksum_size
    private const int Checksum = 0x10; // h_chksum
    private const int Seconds = 0x30; // h_commit_sec

    private const byte Crc32 = 1; // JBD2_CRC32_CHKSUM
    private const byte Crc32Bytes = 4; // JBD2_CRC32_CHKSUM_SIZE

    /// <summary>When a transaction was committed, in seconds since 1970.</summary>
    public static long TimeOf(ReadOnlySpan<byte> block) => block.Be64(Seconds);

    /// <summary>Whether a commit block's checksum is right.</summary>
    /// <param name="block">The block.</param>
    /// <param name="transaction">With version 1: the checksum of the transaction's blocks.</param>
    /// <param name="seed">What the journal's checksums start from.</param>
    /// <param name="features">The journal's.</param>
    public static bool IsRight(ReadOnlySpan<byte> block, uint transaction, uint seed, JournalFeatures features)
    {
        var found = block.Be32(Checksum);
        if (features.HasTransactionChecksums)
        {
            var (type, bytes) = (block[ChecksumType], block[ChecksumBytes]);
            return (type == Crc32 && bytes == Crc32Bytes && found == transaction) || (type == 0 && bytes == 0 && found == 0);
        }

        return !features.HasTails
            || Crc32C.Add(Crc32C.Add(Crc32C.Add(seed, block[..Checksum]), 0u), block[(Checksum + sizeof(uint))..]) == found;
    }
}
