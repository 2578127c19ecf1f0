namespace Loam.Filesystems.Ext4.Layout;

/// <summary>What leads from one node to the next below it (ifork.rst, "Extent Tree"; kernel, <c>fs/ext4/ext4_extents.h</c>,
/// <c>struct ext4_extent_idx</c>).</summary>
/// <param name="Logical">The first block of the file that the node below speaks of.</param>
/// <param name="Child">The block it stands in.</param>
internal readonly record struct ExtentIndexEntry(long Logical, long Child)
{
    private const int LogicalField = 0x0; // ei_block
    private const int ChildLow = 0x4; // ei_leaf_lo
    private const int ChildHigh = 0x8; // ei_leaf_hi

    public static ExtentIndexEntry Read(ReadOnlySpan<byte> entry) =>
        new(entry.Le32(LogicalField), entry.Le32(ChildLow) | ((long)entry.Le16(ChildHigh) << 32));

    public void WriteTo(Span<byte> entry)
    {
        entry.PutLe32(LogicalField, Logical);
        entry.PutLe32(ChildLow, Child);
        entry.PutLe16(ChildHigh, Child >> 32);
    }
}
