using Loam.Filesystems.Blocks;

namespace Loam.Filesystems.Ext4.Layout;

/// <summary>The index of a directory too large for one block (dynamic.rst, "Hash Tree Directories").</summary>
internal static class HashIndexLayout
{
    public const int InfoBytes = 8;
    public const int EntryBytes = 8;
    public const int RootEntriesOffset = 32;
    public const int NodeEntriesOffset = 8;

    /// <summary>Checked are the entries in use, and the tail with its own checksum taken as zero (checksums.rst).</summary>
    public static uint ChecksumOf(ReadOnlySpan<byte> used, ReadOnlySpan<byte> tail, uint inodeSeed) =>
        Crc32C.Add(Crc32C.Add(Crc32C.Add(inodeSeed, used), tail[..4]), 0u);
}
