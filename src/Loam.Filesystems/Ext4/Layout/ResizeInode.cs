namespace Loam.Filesystems.Ext4.Layout;

/// <summary>
/// The blocks that let a disk grow: inode 7 maps, doubly indirect, every descriptor block kept for growth to a block of
/// addresses of its copies (super.rst, <c>s_reserved_gdt_blocks</c>; e2fsprogs' <c>resize_inode</c>).
/// </summary>
internal static class ResizeInode
{
    private const long AddressesPerBlock = Format.BlockSize / BlockMap.AddressBytes;

    /// <summary>Where the root has the address of the first level.</summary>
    private static readonly int TableOffset = BlockMap.OffsetOf(levels: 2); // i_block[EXT4_DIND_BLOCK]

    /// <summary>The size that e2fsprogs gives the inode: all it could map.</summary>
    public const long Size = (AddressesPerBlock * AddressesPerBlock + AddressesPerBlock + BlockMap.DirectBlocks) * Format.BlockSize;

    /// <summary>Writes the address blocks.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="geometry">Its geometry.</param>
    /// <param name="table">The block for the first level.</param>
    /// <returns>The inode's root, and how many blocks it takes.</returns>
    public static (byte[] Root, long Blocks) Write(DiskFile disk, Geometry geometry, long table)
    {
        var root = new byte[InodeLayout.RootBytes];
        root.AsSpan().PutLe32(TableOffset, table);
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
        var perBlock = kept.BlockSize / BlockMap.AddressBytes;
        var addresses = new byte[kept.BlockSize];
        var copyAddresses = new byte[kept.BlockSize];
        for (var number = kept.Used; number < kept.Used + kept.Reserved; number++)
        {
            var place = kept.FirstBlock + 1L + number;
            addresses.AsSpan().PutLe32(number % perBlock * BlockMap.AddressBytes, place);
            for (var i = 0; i < kept.Copies.Count; i++)
            {
                copyAddresses.AsSpan().PutLe32(i * BlockMap.AddressBytes, kept.Copies[i] + place);
            }

            write(place, copyAddresses);
        }

        write(table, addresses);
        return 1 + kept.Reserved * (1L + kept.Copies.Count);
    }

    /// <summary>The block that an inode's root gives for the first level.</summary>
    public static long TableOf(ReadOnlySpan<byte> root) => root.Le32(TableOffset);

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
