namespace Loam.Filesystems.Ext4.Layout;

/// <summary>What fast commits begin with (journal.rst, "Fast Commits"; kernel, <c>fs/ext4/fast_commit.h</c>,
/// <c>struct ext4_fc_tl</c> and <c>struct ext4_fc_head</c>), in the file system's byte order.</summary>
internal static class FastCommitHead
{
    private const int Tag = 0x0; // fc_tag
    private const int Transaction = 0x8; // fc_tid

    private const ushort HeadTag = 9; // EXT4_FC_TAG_HEAD

    /// <summary>The transaction that the fast commits of a block belong to; null if there are none.</summary>
    public static uint? TransactionOf(ReadOnlySpan<byte> block) => block.Le16(Tag) == HeadTag ? block.Le32(Transaction) : null;
}
