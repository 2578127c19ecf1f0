using Loam.Filesystems.Blocks;

namespace Loam.Filesystems.Ext4.Layout;

/// <summary>The checksum at the end of descriptor and revoke blocks (kernel, <c>include/linux/jbd2.h</c>,
/// <c>struct jbd2_journal_block_tail</c>).</summary>
internal static class JournalTail
{
    public const int Bytes = 4; // sizeof(t_checksum)

    /// <summary>Whether it is right.</summary>
    /// <param name="block">The block.</param>
    /// <param name="seed">What the journal's checksums start from.</param>
    public static bool IsRight(ReadOnlySpan<byte> block, uint seed) =>
        Crc32C.Add(Crc32C.Add(seed, block[..^Bytes]), 0u) == block[^Bytes..].Be32(0);
}
