using System.Buffers.Binary;

namespace Loam.Filesystems.Ext4;

/// <summary>
/// The blocks that let a disk grow: inode 7 maps, doubly indirect, every descriptor block kept for growth to a block of
/// addresses of its copies (super.rst, <c>s_reserved_gdt_blocks</c>; e2fsprogs' <c>resize_inode</c>).
/// </summary>
internal static class ResizeInode
{
    private const int DoublyIndirectOffset = 13 * sizeof(uint);
    private const long AddressesPerBlock = Format.BlockSize / sizeof(uint);
    private const long DirectBlocks = 12;

    /// <summary>The size that e2fsprogs gives the inode: all it could map.</summary>
    public const long Size = (AddressesPerBlock * AddressesPerBlock + AddressesPerBlock + DirectBlocks) * Format.BlockSize;

    /// <summary>Writes the address blocks.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="geometry">Its geometry.</param>
    /// <param name="table">The block for the first level.</param>
    /// <returns>The inode's root, and how many blocks it takes.</returns>
    public static (byte[] Root, long Blocks) Write(DiskFile disk, Geometry geometry, long table)
    {
        var root = new byte[InodeRecord.RootSize];
        BinaryPrimitives.WriteUInt32LittleEndian(root.AsSpan(DoublyIndirectOffset), (uint)table);
        var copies = new List<long>();
        for (var group = Format.NextSuperblock(0); group < geometry.Groups; group = Format.NextSuperblock(group))
        {
            copies.Add(group * Format.BlocksPerGroup);
        }

        var addresses = new byte[Format.BlockSize];
        var copyAddresses = new byte[Format.BlockSize];
        for (var number = geometry.UsedDescriptorBlocks; number < geometry.DescriptorBlocks; number++)
        {
            var kept = 1L + number;
            BinaryPrimitives.WriteUInt32LittleEndian(addresses.AsSpan(number * sizeof(uint)), (uint)kept);
            for (var i = 0; i < copies.Count; i++)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(copyAddresses.AsSpan(i * sizeof(uint)), (uint)(copies[i] + kept));
            }

            disk.Write(kept, copyAddresses);
        }

        disk.Write(table, addresses);
        var reserved = geometry.DescriptorBlocks - geometry.UsedDescriptorBlocks;
        return (root, 1 + reserved * (1L + copies.Count));
    }
}
