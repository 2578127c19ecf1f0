using Loam.Filesystems.Blocks;
using Loam.Filesystems.Ext4.Layout;
using Loam.Filesystems.Ext4.Reading;

namespace Loam.Filesystems.Ext4.Resizing;

/// <summary>Widens the last group of a file system and adds groups behind it; their bitmaps and inode tables stand in the
/// groups themselves (group_descr.rst, bitmaps.rst).</summary>
internal sealed class GroupGrowth(GrowthPlan plan, DiskImage disk, Action<long, byte[]> write)
{
    private readonly SuperblockView _super = plan.Super;

    private long _freeBlocks;

    /// <summary>Writes bitmaps.</summary>
    /// <returns>The descriptors, one after another, in whole blocks, and how many blocks became free.</returns>
    /// <exception cref="FilesystemException">A descriptor or the last group's bitmap is damaged.</exception>
    public (byte[] Descriptors, long FreeBlocks) Run(CancellationToken cancellationToken)
    {
        var size = _super.DescriptorSize;
        var descriptors = new byte[(long)plan.DescriptorBlocks * _super.BlockSize];
        disk.Read((_super.FirstBlock + 1) * _super.BlockSize, descriptors.AsSpan(0, (int)_super.Groups * size));
        for (var group = 0; group < _super.Groups; group++)
        {
            if (!GroupTable.HasRightChecksum(_super, descriptors.AsSpan(group * size, size), (uint)group))
            {
                throw FilesystemException.Damage(
                    $"the checksum of group {group}'s descriptor is wrong", block: _super.FirstBlock + 1 + group / _super.DescriptorsPerBlock);
            }
        }

        var last = (int)_super.Groups - 1;
        Widen(descriptors.AsSpan(last * size, size), last);
        for (var group = (int)_super.Groups; group < plan.Groups; group++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Add(descriptors.AsSpan(group * size, size), group);
        }

        return (descriptors, _freeBlocks);
    }

    private void Widen(Span<byte> descriptor, long group)
    {
        var (before, after) = (_super.BlocksIn(group), plan.BlocksIn(group));
        if (before == after)
        {
            return;
        }

        // The bitmap of a group that was never used does not exist.
        var marked = _super.HasUnusedMarks && (((ReadOnlySpan<byte>)descriptor).Le16(GroupDescriptor.Flags) & GroupDescriptor.BlocksUnused) != 0;
        if (!marked)
        {
            var block = GroupDescriptor.Address(descriptor, GroupDescriptor.BlockBitmap);
            var bitmap = new byte[_super.BlockSize];
            disk.Read(block * _super.BlockSize, bitmap);
            if (_super.HasChecksums && !IsSame(BitmapChecksum(bitmap), GroupDescriptor.Number(descriptor, GroupDescriptor.BlockBitmapChecksum)))
            {
                throw FilesystemException.Damage($"the checksum of group {group}'s block bitmap is wrong", block: block);
            }

            Bitmap.Clear(bitmap, (int)before, (int)after);
            write(block, bitmap);
            PutBitmapChecksum(descriptor, bitmap);
        }

        _freeBlocks += after - before;
        var free = GroupDescriptor.Number(descriptor, GroupDescriptor.FreeBlocks) + (uint)(after - before);
        GroupDescriptor.PutNumber(descriptor, GroupDescriptor.FreeBlocks, free);
        Seal(descriptor, group);
    }

    private void Add(Span<byte> descriptor, long group)
    {
        var start = _super.GroupStart(group);
        var front = _super.HasSuperblock(group) ? plan.CopyBlocks : 0;
        var used = front + 2 + _super.InodeTableBlocks;
        var free = plan.BlocksIn(group) - used;
        descriptor.Clear();
        GroupDescriptor.PutAddress(descriptor, GroupDescriptor.BlockBitmap, start + front);
        GroupDescriptor.PutAddress(descriptor, GroupDescriptor.InodeBitmap, start + front + 1);
        GroupDescriptor.PutAddress(descriptor, GroupDescriptor.InodeTable, start + front + 2);
        GroupDescriptor.PutNumber(descriptor, GroupDescriptor.FreeBlocks, (uint)free);
        GroupDescriptor.PutNumber(descriptor, GroupDescriptor.FreeInodes, (uint)_super.InodesPerGroup);

        var bitmap = new byte[_super.BlockSize];
        Bitmap.Set(bitmap, 0, used);
        Bitmap.Set(bitmap, (int)plan.BlocksIn(group), bitmap.Length * 8);
        write(start + front, bitmap);
        PutBitmapChecksum(descriptor, bitmap);
        if (_super.HasUnusedMarks)
        {
            descriptor.PutLe16(GroupDescriptor.Flags, GroupDescriptor.InodesUnused | GroupDescriptor.TableZeroed);
            GroupDescriptor.PutNumber(descriptor, GroupDescriptor.UnusedInodes, (uint)_super.InodesPerGroup);
        }
        else
        {
            bitmap.AsSpan().Clear();
            Bitmap.Set(bitmap, _super.InodesPerGroup, bitmap.Length * 8);
            write(start + front + 1, bitmap);
        }

        _freeBlocks += free;
        Seal(descriptor, group);
    }

    private uint BitmapChecksum(ReadOnlySpan<byte> bitmap) => Crc32C.Add(_super.ChecksumSeed, bitmap[..(_super.BlocksPerGroup / 8)]);

    /// <summary>Small descriptors keep only the low half.</summary>
    private bool IsSame(uint checksum, uint kept) =>
        _super.DescriptorSize >= GroupDescriptor.WideSize ? checksum == kept : (ushort)checksum == kept;

    private void PutBitmapChecksum(Span<byte> descriptor, ReadOnlySpan<byte> bitmap)
    {
        if (_super.HasChecksums)
        {
            GroupDescriptor.PutNumber(descriptor, GroupDescriptor.BlockBitmapChecksum, BitmapChecksum(bitmap));
        }
    }

    private void Seal(Span<byte> descriptor, long group)
    {
        if (_super.HasUnusedMarks)
        {
            descriptor.PutLe16(GroupDescriptor.Checksum, _super.HasChecksums
                ? GroupDescriptor.MetadataChecksum(descriptor, _super.ChecksumSeed, (uint)group)
                : GroupDescriptor.Crc16(descriptor, _super.Raw.AsSpan(SuperblockLayout.Uuid, SuperblockLayout.UuidBytes), (uint)group));
        }
    }
}
