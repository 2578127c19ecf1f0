namespace Loam.Filesystems.Ext4.Layout;

/// <summary>The older map of a file's blocks in its inode (ifork.rst, "Direct/Indirect Block Addressing"): addresses of twelve
/// blocks, and of blocks of addresses, one, two and three levels deep.</summary>
internal static class BlockMap
{
    public const int AddressBytes = sizeof(uint); // __le32 i_block[EXT4_N_BLOCKS]
    public const int DirectBlocks = 12; // EXT4_NDIR_BLOCKS
    public const int Levels = 3; // EXT4_IND_BLOCK, EXT4_DIND_BLOCK, EXT4_TIND_BLOCK

    /// <summary>Where the address stands that leads through so many levels of further addresses.</summary>
    public static int OffsetOf(int levels) => (DirectBlocks + levels - 1) * AddressBytes;
}
