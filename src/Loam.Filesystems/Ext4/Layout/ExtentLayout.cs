namespace Loam.Filesystems.Ext4.Layout;

/// <summary>A node of the tree that maps a file's blocks (ifork.rst, "Extent Tree"): a header, and entries as long as it is.</summary>
internal static class ExtentLayout
{
    public const ushort Magic = 0xF30A;
    public const int EntryBytes = 12;

    /// <summary>The most blocks one initialized extent covers; an <c>ee_len</c> above it is that of an unwritten one.</summary>
    public const int MaximumExtentBlocks = 32_768;
}
