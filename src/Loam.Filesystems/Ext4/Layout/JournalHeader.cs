namespace Loam.Filesystems.Ext4.Layout;

/// <summary>What the journal's own blocks begin with (journal.rst; kernel, <c>include/linux/jbd2.h</c>,
/// <c>struct journal_header_s</c>).</summary>
/// <param name="Type">What kind of block it is.</param>
/// <param name="Sequence">The transaction it belongs to.</param>
internal readonly record struct JournalHeader(uint Type, uint Sequence)
{
    public const int Bytes = 0xC; // sizeof(journal_header_t)

    public const uint DescriptorBlock = 1; // JBD2_DESCRIPTOR_BLOCK
    public const uint CommitBlock = 2; // JBD2_COMMIT_BLOCK
    public const uint SuperblockV1 = 3; // JBD2_SUPERBLOCK_V1
    public const uint SuperblockV2 = 4; // JBD2_SUPERBLOCK_V2
    public const uint RevokeBlock = 5; // JBD2_REVOKE_BLOCK

    private const int MagicField = 0x0; // h_magic
    private const int TypeField = 0x4; // h_blocktype
    private const int SequenceField = 0x8; // h_sequence

    /// <summary>The number that no other block of a journal may begin with: content that does is written with zeros in its
    /// place.</summary>
    public static ReadOnlySpan<byte> Magic => [0xC0, 0x3B, 0x39, 0x98]; // JBD2_MAGIC_NUMBER

    /// <returns>Null for a block that is not one of the journal's own.</returns>
    public static JournalHeader? Read(ReadOnlySpan<byte> block) =>
        block.Slice(MagicField, Magic.Length).SequenceEqual(Magic) ? new JournalHeader(block.Be32(TypeField), block.Be32(SequenceField)) : null;

    public void WriteTo(Span<byte> block)
    {
        Magic.CopyTo(block[MagicField..]);
        block.PutBe32(TypeField, Type);
        block.PutBe32(SequenceField, Sequence);
    }
}
