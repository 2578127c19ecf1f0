using System.Buffers.Binary;

namespace Loam.Filesystems.Ext4;

/// <summary>What belongs to a group of blocks and where it stands; with flex_bg that may be anywhere.</summary>
/// <param name="InodeTable">The first block of its inode table.</param>
/// <param name="BlockBitmap">The block that says which of its blocks are in use; its inodes' stands right behind.</param>
internal readonly record struct GroupPlaces(long InodeTable, long BlockBitmap)
{
    public long InodeBitmap => BlockBitmap + 1;
}

/// <summary>The bitmaps and the descriptors of all groups (bitmaps.rst, group_descr.rst).</summary>
internal sealed class BlockGroups(DiskFile disk, Geometry geometry, IReadOnlyList<GroupPlaces> places, uint checksumSeed)
{
    private const ushort InodesUnused = 1;
    private const ushort BlocksUnused = 2;
    private const ushort TableZeroed = 4;
    private const int ChecksumOffset = 0x1E;

    /// <summary>Free blocks of all groups.</summary>
    public long FreeBlocks { get; private set; }

    /// <summary>Writes the bitmaps.</summary>
    /// <param name="heap">Says which blocks are in use.</param>
    /// <param name="usedInodes">How many inodes are in use, from the first on without gaps.</param>
    /// <param name="directories">For each group, how many of its inodes are directories.</param>
    /// <returns>The descriptors, one after another, in whole blocks.</returns>
    public byte[] Write(BlockHeap heap, long usedInodes, IReadOnlyList<int> directories)
    {
        var descriptors = new byte[geometry.UsedDescriptorBlocks * Format.BlockSize];
        var bitmap = new byte[Format.BlockSize];
        for (var group = 0; group < geometry.Groups; group++)
        {
            var descriptor = descriptors.AsSpan(group * Format.DescriptorSize, Format.DescriptorSize);
            var inodes = (int)Math.Clamp(usedInodes - (long)group * geometry.InodesPerGroup, 0, geometry.InodesPerGroup);
            var flags = TableZeroed;

            var used = MarkBlocks(bitmap, group, heap);
            var free = geometry.BlocksIn(group) - used;
            FreeBlocks += free;
            if (used == 0 && group < geometry.Groups - 1)
            {
                flags |= BlocksUnused;
            }
            else
            {
                disk.Write(places[group].BlockBitmap, bitmap);
                PutSplit(descriptor, 0x18, 0x38, Checksum.Add(checksumSeed, bitmap));
            }

            if (inodes == 0)
            {
                flags |= InodesUnused;
            }
            else
            {
                bitmap.AsSpan().Clear();
                SetBits(bitmap, 0, inodes);
                SetBits(bitmap, geometry.InodesPerGroup, Format.BlocksPerGroup);
                disk.Write(places[group].InodeBitmap, bitmap);
                PutSplit(descriptor, 0x1A, 0x3A, Checksum.Add(checksumSeed, bitmap.AsSpan(0, geometry.InodesPerGroup / 8)));
            }

            Describe(descriptor, group, free, inodes, directories[group], flags);
        }

        return descriptors;
    }

    private void Describe(Span<byte> descriptor, int group, long freeBlocks, int inodes, int directories, ushort flags)
    {
        var place = places[group];
        var freeInodes = (uint)(geometry.InodesPerGroup - inodes);
        PutAddress(descriptor, 0x00, 0x20, place.BlockBitmap);
        PutAddress(descriptor, 0x04, 0x24, place.InodeBitmap);
        PutAddress(descriptor, 0x08, 0x28, place.InodeTable);
        PutSplit(descriptor, 0x0C, 0x2C, (uint)freeBlocks);
        PutSplit(descriptor, 0x0E, 0x2E, freeInodes);
        PutSplit(descriptor, 0x10, 0x30, (uint)directories);
        BinaryPrimitives.WriteUInt16LittleEndian(descriptor[0x12..], flags);
        PutSplit(descriptor, 0x1C, 0x32, freeInodes);
        var checksum = Checksum.Add(Checksum.Add(checksumSeed, (uint)group), descriptor);
        BinaryPrimitives.WriteUInt16LittleEndian(descriptor[ChecksumOffset..], (ushort)checksum);
    }

    /// <returns>How many blocks of the group are in use.</returns>
    private long MarkBlocks(byte[] bitmap, long group, BlockHeap heap)
    {
        bitmap.AsSpan().Clear();
        var first = group * Format.BlocksPerGroup;
        var count = geometry.BlocksIn(group);
        var front = Format.HasSuperblock(group) ? geometry.SuperblockBlocks : 0;
        SetBits(bitmap, 0, (int)front);
        var end = Math.Clamp(heap.End - first, front, count);
        SetBits(bitmap, (int)front, (int)end);
        var used = end;
        foreach (var range in heap.FreeWithin(new BlockRange(first, count)))
        {
            ClearBits(bitmap, (int)(range.Start - first), (int)(range.End - first));
            used -= range.Count;
        }

        // What the group lacks to be a whole one is marked as in use.
        SetBits(bitmap, (int)count, Format.BlocksPerGroup);
        return used;
    }

    private static void PutAddress(Span<byte> descriptor, int low, int high, long block)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(descriptor[low..], (uint)block);
        BinaryPrimitives.WriteUInt32LittleEndian(descriptor[high..], (uint)(block >> 32));
    }

    private static void PutSplit(Span<byte> descriptor, int low, int high, uint value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(descriptor[low..], (ushort)value);
        BinaryPrimitives.WriteUInt16LittleEndian(descriptor[high..], (ushort)(value >> 16));
    }

    private static void SetBits(Span<byte> bitmap, int from, int to)
    {
        for (; from < to && (from & 7) != 0; from++)
        {
            bitmap[from >> 3] |= (byte)(1 << (from & 7));
        }

        if (to - from >= 8)
        {
            bitmap[(from >> 3)..(to >> 3)].Fill(0xFF);
            from = to & ~7;
        }

        for (; from < to; from++)
        {
            bitmap[from >> 3] |= (byte)(1 << (from & 7));
        }
    }

    private static void ClearBits(Span<byte> bitmap, int from, int to)
    {
        for (; from < to; from++)
        {
            bitmap[from >> 3] &= (byte)~(1 << (from & 7));
        }
    }
}
