using Loam.Filesystems.Ext4.Reading;

namespace Loam.Filesystems.Ext4.Resizing;

/// <summary>What a file system is to become when it grows.</summary>
/// <param name="Super">What it is.</param>
/// <param name="Blocks">Blocks it will have.</param>
/// <param name="Groups">Groups it will have.</param>
/// <param name="DescriptorBlocks">Descriptor blocks it will use.</param>
/// <param name="ReservedDescriptorBlocks">Descriptor blocks that will be left for further growth.</param>
internal sealed record GrowthPlan(SuperblockView Super, long Blocks, long Groups, int DescriptorBlocks, int ReservedDescriptorBlocks)
{
    /// <summary>A last group with less room than this is left off, as mke2fs does.</summary>
    private const int SmallestGroupRoom = 50;

    /// <summary>Blocks at the front of a group with a copy of the superblock.</summary>
    public int CopyBlocks => 1 + DescriptorBlocks + ReservedDescriptorBlocks;

    /// <summary>Plans growth to a size.</summary>
    /// <returns>The plan; null if there is nothing to add.</returns>
    /// <exception cref="FilesystemException"><see cref="FilesystemError.DiskTooLarge"/>.</exception>
    public static GrowthPlan? For(SuperblockView super, long sizeBytes)
    {
        var kept = (int)super.DescriptorBlocks + super.ReservedDescriptorBlocks;
        var blocks = sizeBytes / super.BlockSize;
        var groups = GroupsIn(super, blocks);
        var last = groups - 1;
        var needed = (super.HasSuperblock(last) ? 1 + kept : 0) + 2 + super.InodeTableBlocks + SmallestGroupRoom;
        if (last >= super.Groups && blocks - super.GroupStart(last) < needed)
        {
            (blocks, groups) = (super.GroupStart(last), last);
        }

        var descriptors = (groups + super.DescriptorsPerBlock - 1) / super.DescriptorsPerBlock;
        var most = Math.Min((long)kept * super.DescriptorsPerBlock, uint.MaxValue / super.InodesPerGroup);
        if (groups > most || blocks > uint.MaxValue)
        {
            var bytes = Math.Min(super.GroupStart(most), uint.MaxValue) * super.BlockSize;
            throw new FilesystemException(
                FilesystemError.DiskTooLarge, $"the file system can grow to {bytes} bytes, not to {sizeBytes}: it has no room for more descriptors");
        }

        return blocks > super.Blocks ? new GrowthPlan(super, blocks, groups, (int)descriptors, kept - (int)descriptors) : null;
    }

    /// <summary>How many blocks of a group there will be.</summary>
    public long BlocksIn(long group) => Math.Min(Super.BlocksPerGroup, Blocks - Super.GroupStart(group));

    /// <summary>The groups behind the first that have a copy of the superblock.</summary>
    public IEnumerable<long> GroupsWithCopies()
    {
        for (var group = 1L; group < Groups; group++)
        {
            if (Super.HasSuperblock(group))
            {
                yield return group;
            }
        }
    }

    private static long GroupsIn(SuperblockView super, long blocks) =>
        Math.Max(1, (blocks - super.FirstBlock + super.BlocksPerGroup - 1) / super.BlocksPerGroup);
}
