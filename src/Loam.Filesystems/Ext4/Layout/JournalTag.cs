namespace Loam.Filesystems.Ext4.Layout;

/// <summary>One block that a descriptor announces (journal.rst, "Descriptor Block"; kernel, <c>include/linux/jbd2.h</c>,
/// <c>journal_block_tag_t</c> and <c>journal_block_tag3_t</c>).</summary>
/// <param name="Target">The block of the file system whose new content it is.</param>
/// <param name="Checksum">The checksum of that content; before version 3 of it only the low half.</param>
/// <param name="Escaped">Whether its first four bytes were replaced by zeros.</param>
internal readonly record struct JournalTag(long Target, uint Checksum, bool Escaped)
{
    private const int TargetLow = 0x0; // t_blocknr
    private const int ShortChecksum = 0x4; // t_checksum
    private const int ShortFlags = 0x6; // t_flags
    private const int TargetHigh = 0x8; // t_blocknr_high
    private const int SmallBytes = 0x8; // JBD_TAG_SIZE32
    private const int HighBytes = 0x4; // JBD_TAG_SIZE64 - JBD_TAG_SIZE32
    private const int Version2Bytes = 0x2; // what journal_tag_bytes adds with JBD2_FEATURE_INCOMPAT_CSUM_V2

    private const int Flags3 = 0x4; // t_flags
    private const int Checksum3 = 0xC; // t_checksum
    private const int Bytes3 = 0x10; // sizeof(journal_block_tag3_t)

    private const uint EscapedFlag = 1; // JBD2_FLAG_ESCAPE
    private const uint SameUuidFlag = 2; // JBD2_FLAG_SAME_UUID
    private const uint LastFlag = 8; // JBD2_FLAG_LAST_TAG

    /// <summary>The tags of a descriptor block (kernel, <c>fs/jbd2/recovery.c</c>).</summary>
    public static List<JournalTag> ReadAll(ReadOnlySpan<byte> block, JournalFeatures features)
    {
        var size = features.HasChecksumsV3 ? Bytes3 : SmallBytes + (features.HasTails ? Version2Bytes : 0) + (features.IsWide ? HighBytes : 0);
        var tags = new List<JournalTag>();
        for (var at = JournalHeader.Bytes; at + size <= block.Length - features.TailBytes;)
        {
            var flags = features.HasChecksumsV3 ? block.Be32(at + Flags3) : block.Be16(at + ShortFlags);
            var checksum = features.HasChecksumsV3 ? block.Be32(at + Checksum3) : block.Be16(at + ShortChecksum);
            var target = block.Be32(at + TargetLow) | (features.IsWide ? (long)block.Be32(at + TargetHigh) << 32 : 0);
            tags.Add(new JournalTag(target, checksum, (flags & EscapedFlag) != 0));
            at += size + ((flags & SameUuidFlag) != 0 ? 0 : JournalSuperblock.UuidBytes);
            if ((flags & LastFlag) != 0)
            {
                break;
            }
        }

        return tags;
    }
}
