namespace Loam.Filesystems.Ext4.Layout;

/// <summary>An extent as it stands in a node (ifork.rst, "Extent Tree"; kernel, <c>fs/ext4/ext4_extents.h</c>,
/// <c>struct ext4_extent</c>).</summary>
/// <param name="Extent">Neighbouring blocks of the file.</param>
/// <param name="IsWritten">Whether they were ever written; else they were only set aside, and read as zeros.</param>
internal readonly record struct ExtentEntry(Extent Extent, bool IsWritten)
{
    /// <summary>The most blocks a written extent has; a length above it is that of an unwritten one.</summary>
    public const int MaximumBlocks = 32_768; // EXT_INIT_MAX_LEN

    private const int LogicalField = 0x0; // ee_block
    private const int LengthField = 0x4; // ee_len
    private const int PhysicalHigh = 0x6; // ee_start_hi
    private const int PhysicalLow = 0x8; // ee_start_lo

    public static ExtentEntry Read(ReadOnlySpan<byte> entry)
    {
        int length = entry.Le16(LengthField);
        var written = length <= MaximumBlocks;
        var physical = entry.Le32(PhysicalLow) | ((long)entry.Le16(PhysicalHigh) << 32);
        return new ExtentEntry(new Extent(entry.Le32(LogicalField), physical, written ? length : length - MaximumBlocks), written);
    }

    /// <summary>Writes a written extent of at most <see cref="MaximumBlocks"/>.</summary>
    public static void Write(Span<byte> entry, Extent extent)
    {
        entry.PutLe32(LogicalField, extent.Logical);
        entry.PutLe16(LengthField, extent.Count);
        entry.PutLe16(PhysicalHigh, extent.Physical >> 32);
        entry.PutLe32(PhysicalLow, extent.Physical);
    }
}
