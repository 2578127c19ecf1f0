using Loam.Filesystems.Ext4.Layout;

namespace Loam.Filesystems.Ext4.Reading;

/// <summary>What a block group's descriptor says that a reader needs.</summary>
internal readonly record struct GroupView(long BlockBitmap, long InodeBitmap, long InodeTable, int UnusedInodes);

/// <summary>The group descriptors (group_descr.rst): behind the superblock, or with meta_bg spread over the groups. A
/// block of them is read when the first of its groups is asked for.</summary>
internal sealed class GroupTable(SuperblockView super, BlockReader blocks)
{
    private readonly Dictionary<long, GroupView[]> _read = [];

    /// <summary>A group's descriptor, checked.</summary>
    /// <exception cref="FilesystemException">It is damaged.</exception>
    public GroupView this[long group]
    {
        get
        {
            var number = group / super.DescriptorsPerBlock;
            if (!_read.TryGetValue(number, out var views))
            {
                _read.Add(number, views = Read(number));
            }

            return views[group % super.DescriptorsPerBlock];
        }
    }

    /// <summary>Checks all descriptors, and takes the blocks that they and what they lead to stand in.</summary>
    /// <exception cref="FilesystemException">One is damaged, or two groups share a block.</exception>
    public void ClaimAll(FileBlocks owners, ReadBudget budget, CancellationToken cancellationToken)
    {
        owners.Own(new BlockRange(super.FirstBlock, 1), inode: null);
        for (var number = 0L; number < super.DescriptorBlocks; number++)
        {
            owners.Own(new BlockRange(PlaceOf(number), 1), inode: null);
        }

        budget.TakeBytes(super.Groups * 32);
        for (var group = 0L; group < super.Groups; group++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var view = this[group];
            owners.Own(new BlockRange(view.BlockBitmap, 1), inode: null);
            owners.Own(new BlockRange(view.InodeBitmap, 1), inode: null);
            owners.Own(new BlockRange(view.InodeTable, super.InodeTableBlocks), inode: null);
        }
    }

    /// <summary>Where a block of descriptors stands (kernel, <c>fs/ext4/super.c</c>, <c>descriptor_loc</c>).</summary>
    private long PlaceOf(long number)
    {
        if (!super.HasIncompatible(Features.MetaBlockGroups) || number < super.FirstMetaGroup)
        {
            return super.FirstBlock + number + 1;
        }

        var group = number * super.DescriptorsPerBlock;
        return super.GroupStart(group) + (super.HasSuperblock(group) ? 1 : 0);
    }

    private GroupView[] Read(long number)
    {
        var block = PlaceOf(number);
        var bytes = new byte[super.BlockSize];
        blocks.Read(block, bytes);
        var first = number * super.DescriptorsPerBlock;
        var views = new GroupView[Math.Min(super.DescriptorsPerBlock, super.Groups - first)];
        for (var i = 0; i < views.Length; i++)
        {
            views[i] = Parse(bytes.AsSpan(i * super.DescriptorSize, super.DescriptorSize), first + i, block);
        }

        return views;
    }

    private GroupView Parse(ReadOnlySpan<byte> descriptor, long group, long block)
    {
        if (!HasRightChecksum(super, descriptor, (uint)group))
        {
            throw FilesystemException.Damage($"the checksum of group {group}'s descriptor is wrong", block: block);
        }

        var unused = 0;
        if (super.HasUnusedMarks)
        {
            unused = (descriptor.Le16(GroupDescriptor.Flags) & GroupDescriptor.InodesUnused) != 0
                ? super.InodesPerGroup
                : (int)Math.Min(GroupDescriptor.Number(descriptor, GroupDescriptor.UnusedInodes), (uint)super.InodesPerGroup);
        }

        var view = new GroupView(
            GroupDescriptor.Address(descriptor, GroupDescriptor.BlockBitmap),
            GroupDescriptor.Address(descriptor, GroupDescriptor.InodeBitmap),
            GroupDescriptor.Address(descriptor, GroupDescriptor.InodeTable),
            unused);
        return blocks.Holds(new BlockRange(view.InodeTable, super.InodeTableBlocks))
            && blocks.Holds(new BlockRange(view.BlockBitmap, 1))
            && blocks.Holds(new BlockRange(view.InodeBitmap, 1))
            ? view
            : throw FilesystemException.Damage($"the descriptor of group {group} points outside the file system", block: block);
    }

    public static bool HasRightChecksum(SuperblockView super, ReadOnlySpan<byte> descriptor, uint group)
    {
        var found = descriptor.Le16(GroupDescriptor.Checksum);
        return super.HasChecksums ? found == GroupDescriptor.MetadataChecksum(descriptor, super.ChecksumSeed, group)
            : !super.HasReadOnly(Features.DescriptorChecksums)
                || found == GroupDescriptor.Crc16(descriptor, super.Raw.AsSpan(SuperblockLayout.Uuid, SuperblockLayout.UuidBytes), group);
    }
}
