using Loam.Filesystems.Blocks;
using Loam.Filesystems.Ext4.Layout;

namespace Loam.Filesystems.Ext4.Writing;

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
    /// <summary>Writes the bitmaps.</summary>
    /// <param name="heap">Says which blocks are in use.</param>
    /// <param name="usedInodes">How many inodes are in use, from the first on without gaps.</param>
    /// <param name="directories">For each group, how many of its inodes are directories.</param>
    /// <returns>The descriptors, one after another, in whole blocks, and the free blocks of all groups.</returns>
    public (byte[] Descriptors, long FreeBlocks) Write(BlockHeap heap, long usedInodes, IReadOnlyList<int> directories)
    {
        var descriptors = new byte[geometry.UsedDescriptorBlocks * Format.BlockSize];
        var bitmap = new byte[Format.BlockSize];
        var freeBlocks = 0L;
        for (var group = 0; group < geometry.Groups; group++)
        {
            var descriptor = descriptors.AsSpan(group * Format.DescriptorSize, Format.DescriptorSize);
            var inodes = (int)Math.Clamp(usedInodes - (long)group * geometry.InodesPerGroup, 0, geometry.InodesPerGroup);
            var flags = GroupDescriptor.TableZeroed;

            var used = MarkBlocks(bitmap, group, heap);
            var free = geometry.BlocksIn(group) - used;
            freeBlocks += free;
            if (used == 0 && group < geometry.Groups - 1)
            {
                flags |= GroupDescriptor.BlocksUnused;
            }
            else
            {
                disk.Write(places[group].BlockBitmap, bitmap);
                GroupDescriptor.PutNumber(descriptor, GroupDescriptor.BlockBitmapChecksum, Crc32C.Add(checksumSeed, bitmap));
            }

            if (inodes == 0)
            {
                flags |= GroupDescriptor.InodesUnused;
            }
            else
            {
                bitmap.AsSpan().Clear();
                Bitmap.Set(bitmap, 0, inodes);
                Bitmap.Set(bitmap, geometry.InodesPerGroup, Format.BlocksPerGroup);
                disk.Write(places[group].InodeBitmap, bitmap);
                GroupDescriptor.PutNumber(
                    descriptor, GroupDescriptor.InodeBitmapChecksum, Crc32C.Add(checksumSeed, bitmap.AsSpan(0, geometry.InodesPerGroup / 8)));
            }

            Describe(descriptor, group, free, inodes, directories[group], flags);
        }

        return (descriptors, freeBlocks);
    }

    private void Describe(Span<byte> descriptor, int group, long freeBlocks, int inodes, int directories, ushort flags)
    {
        var place = places[group];
        var freeInodes = (uint)(geometry.InodesPerGroup - inodes);
        GroupDescriptor.PutAddress(descriptor, GroupDescriptor.BlockBitmap, place.BlockBitmap);
        GroupDescriptor.PutAddress(descriptor, GroupDescriptor.InodeBitmap, place.InodeBitmap);
        GroupDescriptor.PutAddress(descriptor, GroupDescriptor.InodeTable, place.InodeTable);
        GroupDescriptor.PutNumber(descriptor, GroupDescriptor.FreeBlocks, (uint)freeBlocks);
        GroupDescriptor.PutNumber(descriptor, GroupDescriptor.FreeInodes, freeInodes);
        GroupDescriptor.PutNumber(descriptor, GroupDescriptor.Directories, (uint)directories);
        descriptor.PutLe16(GroupDescriptor.Flags, flags);
        GroupDescriptor.PutNumber(descriptor, GroupDescriptor.UnusedInodes, freeInodes);
        descriptor.PutLe16(GroupDescriptor.Checksum, GroupDescriptor.MetadataChecksum(descriptor, checksumSeed, (uint)group));
    }

    /// <returns>How many blocks of the group are in use.</returns>
    private long MarkBlocks(byte[] bitmap, long group, BlockHeap heap)
    {
        bitmap.AsSpan().Clear();
        var first = group * Format.BlocksPerGroup;
        var count = geometry.BlocksIn(group);
        var front = Format.HasSuperblock(group) ? geometry.SuperblockBlocks : 0;
        Bitmap.Set(bitmap, 0, (int)front);
        var end = Math.Clamp(heap.End - first, front, count);
        Bitmap.Set(bitmap, (int)front, (int)end);
        var used = end;
        foreach (var range in heap.FreeWithin(new BlockRange(first, count)))
        {
            Bitmap.Clear(bitmap, (int)(range.Start - first), (int)(range.End - first));
            used -= range.Count;
        }

        // What the group lacks to be a whole one is marked as in use.
        Bitmap.Set(bitmap, (int)count, Format.BlocksPerGroup);
        return used;
    }
}
