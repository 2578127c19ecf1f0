namespace Loam.Filesystems.Ext4.Layout;

/// <summary>Blocks of which older content in the journal no longer counts (journal.rst, "Revocation Block"; kernel,
/// <c>include/linux/jbd2.h</c>, <c>struct jbd2_journal_revoke_header_s</c>).</summary>
internal static class JournalRevoke
{
    private const int Count = 0xC; // r_count: bytes in use, the header's too
    private const int HeaderBytes = 0x10; // sizeof(jbd2_journal_revoke_header_t)

    /// <summary>The blocks that a revoke block speaks of.</summary>
    /// <returns>Null if its length is wrong.</returns>
    public static List<long>? Read(ReadOnlySpan<byte> block, JournalFeatures features)
    {
        var end = block.Be32(Count);
        if (end < HeaderBytes || end > block.Length - features.TailBytes)
        {
            return null;
        }

        var revoked = new List<long>();
        var size = features.IsWide ? sizeof(long) : sizeof(uint);
        for (var at = HeaderBytes; at + size <= end; at += size)
        {
            revoked.Add(features.IsWide ? block.Be64(at) : block.Be32(at));
        }

        return revoked;
    }
}
