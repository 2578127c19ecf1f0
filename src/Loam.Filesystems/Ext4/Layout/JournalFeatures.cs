namespace Loam.Filesystems.Ext4.Layout;

/// <summary>What a journal's superblock says of the blocks behind it (journal.rst; kernel, <c>include/linux/jbd2.h</c>).</summary>
/// <param name="Compatible"><c>s_feature_compat</c>.</param>
/// <param name="Incompatible"><c>s_feature_incompat</c>.</param>
internal readonly record struct JournalFeatures(uint Compatible, uint Incompatible)
{
    private const uint Checksums = 0x1; // JBD2_FEATURE_COMPAT_CHECKSUM

    private const uint Revokes = 0x1; // JBD2_FEATURE_INCOMPAT_REVOKE
    private const uint SixtyFourBit = 0x2; // JBD2_FEATURE_INCOMPAT_64BIT
    private const uint AsyncCommit = 0x4; // JBD2_FEATURE_INCOMPAT_ASYNC_COMMIT
    private const uint ChecksumsV2 = 0x8; // JBD2_FEATURE_INCOMPAT_CSUM_V2
    private const uint ChecksumsV3 = 0x10; // JBD2_FEATURE_INCOMPAT_CSUM_V3
    private const uint FastCommits = 0x20; // JBD2_FEATURE_INCOMPAT_FAST_COMMIT

    /// <summary>Those of the incompatible features that are not read.</summary>
    public uint Unknown => Incompatible & ~(Revokes | SixtyFourBit | AsyncCommit | ChecksumsV2 | ChecksumsV3 | FastCommits);

    /// <summary>Whether each transaction has one checksum (version 1).</summary>
    public bool HasTransactionChecksums => (Compatible & Checksums) != 0 && !HasTails;

    /// <summary>Whether each block has a checksum of its own (versions 2 and 3).</summary>
    public bool HasTails => (Incompatible & (ChecksumsV2 | ChecksumsV3)) != 0;

    public bool HasChecksumsV3 => (Incompatible & ChecksumsV3) != 0;

    /// <summary>Whether numbers of blocks have 64 bits.</summary>
    public bool IsWide => (Incompatible & SixtyFourBit) != 0;

    public bool IsAsync => (Incompatible & AsyncCommit) != 0;

    public bool HasFastCommits => (Incompatible & FastCommits) != 0;

    /// <summary>Bytes at the end of descriptor and revoke blocks that their checksum takes.</summary>
    public int TailBytes => HasTails ? JournalTail.Bytes : 0;
}
