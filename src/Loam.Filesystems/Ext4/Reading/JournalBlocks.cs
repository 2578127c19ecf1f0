using Loam.Filesystems.Blocks;
using Loam.Filesystems.Ext4.Layout;

namespace Loam.Filesystems.Ext4.Reading;

/// <summary>One block that a descriptor announces.</summary>
/// <param name="Target">The block of the file system whose new content it is.</param>
/// <param name="Checksum">The checksum of that content; with version 2 of it only the low half.</param>
/// <param name="Escaped">Whether its first four bytes were replaced by zeros.</param>
internal readonly record struct JournalTag(long Target, uint Checksum, bool Escaped);

/// <summary>The journal's own blocks, taken apart (journal.rst).</summary>
internal static class JournalBlocks
{
    private const int HeaderBytes = 12;
    private const int RevokeHeaderBytes = 16;
    private const int UuidBytes = 16;
    private const int CommitChecksum = 0x10;
    private const uint EscapedFlag = 1;
    private const uint SameUuidFlag = 2;
    private const uint LastFlag = 8;
    private const byte Crc32Type = 1;

    /// <summary>The tags of a descriptor block (kernel, <c>fs/jbd2/recovery.c</c>).</summary>
    public static List<JournalTag> Tags(ReadOnlySpan<byte> block, JournalView journal)
    {
        var size = TagBytes(journal);
        var tags = new List<JournalTag>();
        for (var at = HeaderBytes; at + size <= block.Length - journal.TailBytes;)
        {
            var flags = journal.HasChecksumsV3 ? block.Be32(at + 4) : block.Be16(at + 6);
            var checksum = journal.HasChecksumsV3 ? block.Be32(at + 12) : block.Be16(at + 4);
            var target = block.Be32(at) | (journal.IsWide ? (long)block.Be32(at + 8) << 32 : 0);
            tags.Add(new JournalTag(target, checksum, (flags & EscapedFlag) != 0));
            at += size + ((flags & SameUuidFlag) != 0 ? 0 : UuidBytes);
            if ((flags & LastFlag) != 0)
            {
                break;
            }
        }

        return tags;
    }

    /// <summary>The blocks that a revoke block speaks of.</summary>
    /// <exception cref="FilesystemException">Its length is wrong.</exception>
    public static List<long> Revoked(ReadOnlySpan<byte> block, JournalView journal)
    {
        var end = block.Be32(HeaderBytes);
        if (end < RevokeHeaderBytes || end > block.Length - journal.TailBytes)
        {
            throw JournalView.Damage($"a revoke block of the journal has {end} bytes");
        }

        var revoked = new List<long>();
        var size = journal.IsWide ? 8 : 4;
        for (var at = RevokeHeaderBytes; at + size <= end; at += size)
        {
            revoked.Add(journal.IsWide ? block.Be64(at) : block.Be32(at));
        }

        return revoked;
    }

    /// <summary>Whether the checksum at the end of a descriptor or revoke block is right.</summary>
    public static bool HasRightTail(ReadOnlySpan<byte> block, JournalView journal) =>
        !journal.HasTails
        || Crc32C.Add(Crc32C.Add(journal.Seed, block[..^4]), 0u) == block.Be32(block.Length - 4);

    /// <summary>Whether the checksum of announced content is right.</summary>
    public static bool HasRightContent(ReadOnlySpan<byte> content, in JournalTag tag, uint sequence, JournalView journal)
    {
        if (!journal.HasTails)
        {
            return true;
        }

        var crc = Crc32C.Add(Crc32C.Add(journal.Seed, System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(sequence)), content);
        return journal.HasChecksumsV3 ? crc == tag.Checksum : (ushort)crc == tag.Checksum;
    }

    /// <summary>Whether a commit block's checksum is right.</summary>
    /// <param name="block">The block.</param>
    /// <param name="transaction">With version 1: the checksum of the transaction's blocks.</param>
    /// <param name="journal">The journal.</param>
    public static bool IsRightCommit(ReadOnlySpan<byte> block, uint transaction, JournalView journal)
    {
        var found = block.Be32(CommitChecksum);
        if (journal.HasTransactionChecksums)
        {
            var (type, size) = (block[0x0C], block[0x0D]);
            return (type == Crc32Type && size == 4 && found == transaction) || (type == 0 && size == 0 && found == 0);
        }

        return !journal.HasTails
            || Crc32C.Add(Crc32C.Add(Crc32C.Add(journal.Seed, block[..CommitChecksum]), 0u), block[(CommitChecksum + 4)..]) == found;
    }

    /// <summary>When a transaction was committed, in seconds since 1970.</summary>
    public static long CommitTime(ReadOnlySpan<byte> block) => block.Be64(0x30);

    // Version 2 of the checksums made the tag two bytes longer than what it holds.
    private static int TagBytes(JournalView journal) =>
        journal.HasChecksumsV3 ? 16 : 8 + (journal.HasTails ? 2 : 0) + (journal.IsWide ? 4 : 0);
}
