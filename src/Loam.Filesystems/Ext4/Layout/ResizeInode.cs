using System.Buffers.Binary;

namespace Loam.Filesystems.Ext4.Layout;

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
        var kept = new KeptDescriptors
        {
            BlockSize = Format.BlockSize,
            FirstBlock = 0,
            Used = geometry.UsedDescriptorBlocks,
            Reserved = geometry.DescriptorBlocks - geometry.UsedDescriptorBlocks,
            Copies = [.. Copies(geometry.Groups)],
        };
        return (root, Write(kept, table, (block, bytes) => disk.Write(block, bytes)));
    }

    /// <summary>Writes the address blocks.</summary>
    /// <returns>How many blocks the inode takes.</returns>
    public static long Write(KeptDescriptors kept, long table, Action<long, byte[]> write)
    {
        var perBlock = kept.BlockSize / sizeof(uint);
        var addresses = new byte[kept.BlockSize];
        var copyAddresses = new byte[kept.BlockSize];
        for (var number = kept.Used; number < kept.Used + kept.Reserved; number++)
        {
            var place = kept.FirstBlock + 1L + number;
            BinaryPrimitives.WriteUInt32LittleEndian(addresses.AsSpan(number % perBlock * sizeof(uint)), (uint)place);
            for (var i = 0; i < kept.Copies.Count; i++)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(copyAddresses.AsSpan(i * sizeof(uint)), (uint)(kept.Copies[i] + place));
            }

            write(place, copyAddresses);
        }

        write(table, addresses);
        return 1 + kept.Reserved * (1L + kept.Copies.Count);
    }

    /// <summary>The block that an inode's root gives for the first level.</summary>
    public static long TableOf(ReadOnlySpan<byte> root) => root.Le32(DoublyIndirectOffset);

    private static IEnumerable<long> Copies(long groups)
    {
        for (var group = Format.NextSuperblock(0); group < groups; group = Format.NextSuperblock(group))
        {
            yield return group * Format.BlocksPerGroup;
        }
    }
}

/// <summary>The descriptor blocks that are kept for growth.</summary>
internal sealed record KeptDescriptors
{
    public required int BlockSize { get; init; }

    /// <summary>The block of the superblock, before the descriptors.</summary>
    public required long FirstBlock { get; init; }

    /// <summary>Descriptor blocks in use, before those kept.</summary>
    public required int Used { get; init; }

    public required int Reserved { get; init; }

    /// <summary>How far behind the first descriptors each copy of them stands.</summary>
    public required IReadOnlyList<long> Copies { get; init; }
}
