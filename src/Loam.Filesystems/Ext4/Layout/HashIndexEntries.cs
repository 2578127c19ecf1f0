using Loam.Filesystems.Blocks;

namespace Loam.Filesystems.Ext4.Layout;

/// <summary>The entries of an index's block, and the checksum behind the room for them (dynamic.rst, "Hash Tree Directories";
/// kernel, <c>fs/ext4/namei.c</c>, <c>struct dx_entry</c>, <c>dx_countlimit</c> and <c>dx_tail</c>).</summary>
internal static class HashIndexEntries
{
    private const int EntryBytes = 8; // sizeof(struct dx_entry)
    private const int Hash = 0x0; // hash
    private const int Block = 0x4; // block

    // The first entry's hash is implied; these stand in its place.
    private const int Limit = 0x0; // limit
    private const int Count = 0x2; // count

    /// <summary>Set in a hash where names of the same hash stand in the block before too (kernel, <c>ext4_htree_next_block</c>).</summary>
    public const uint Continued = 1;

    private const int TailBytes = 8; // sizeof(struct dx_tail)
    private const int Reserved = 0x0; // dt_reserved
    private const int Checksum = 0x4; // dt_checksum

    /// <summary>How many entries a block has room for.</summary>
    /// <param name="blockSize">Its bytes.</param>
    /// <param name="offset">Where they begin.</param>
    public static int RoomIn(int blockSize, int offset) => (blockSize - offset - TailBytes) / EntryBytes;

    /// <summary>Writes entries and the checksum.</summary>
    /// <param name="block">The block, else complete.</param>
    /// <param name="offset">Where the entries begin.</param>
    /// <param name="entries">Each the first hash of a block of the directory, and that block.</param>
    /// <param name="inodeSeed">What the directory's checksums start from.</param>
    public static void Write(Span<byte> block, int offset, ReadOnlySpan<(uint Hash, uint Block)> entries, uint inodeSeed)
    {
        for (var i = 0; i < entries.Length; i++)
        {
            var entry = block[(offset + i * EntryBytes)..];
            entry.PutLe32(Hash, entries[i].Hash);
            entry.PutLe32(Block, entries[i].Block);
        }

        var limit = RoomIn(block.Length, offset);
        block.PutLe16(offset + Limit, limit);
        block.PutLe16(offset + Count, entries.Length);
        var tail = offset + limit * EntryBytes;
        block.PutLe32(tail + Checksum, ChecksumOf(block[..(offset + entries.Length * EntryBytes)], block[tail..], inodeSeed));
    }

    /// <summary>Whether a block's checksum is there and right.</summary>
    /// <param name="block">The block.</param>
    /// <param name="offset">Where its entries begin.</param>
    /// <param name="inodeSeed">What the directory's checksums start from.</param>
    public static bool HasRightChecksum(ReadOnlySpan<byte> block, int offset, uint inodeSeed)
    {
        int limit = block.Le16(offset + Limit);
        int count = block.Le16(offset + Count);
        var tail = offset + limit * EntryBytes;
        return count <= limit && tail + TailBytes <= block.Length
            && ChecksumOf(block[..(offset + count * EntryBytes)], block[tail..], inodeSeed) == block.Le32(tail + Checksum);
    }

    /// <summary>Checked are the entries in use, and the tail with its own checksum taken as zero (checksums.rst).</summary>
    private static uint ChecksumOf(ReadOnlySpan<byte> used, ReadOnlySpan<byte> tail, uint inodeSeed) =>
        Crc32C.Add(Crc32C.Add(Crc32C.Add(inodeSeed, used), tail[Reserved..Checksum]), 0u);
}
