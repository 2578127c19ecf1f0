using System.Numerics;
using System.Text;
using Loam.Filesystems.Ext4.Layout;

namespace Loam.Filesystems.Ext4.Writing;

/// <summary>The superblock of a disk that is made (super.rst).</summary>
internal static class NewSuperblock
{
    private const int GroupsPerFlexibleGroup = 16;

    /// <summary>Makes one.</summary>
    /// <param name="label">The volume's label.</param>
    /// <param name="uuid">The file system's UUID.</param>
    /// <param name="hashSeed">The seed of the directory hash.</param>
    /// <param name="geometry">How large everything is.</param>
    /// <param name="summary">What is free.</param>
    /// <param name="journalInode">The journal's inode, of which a part is kept here too.</param>
    public static byte[] Create(string label, Guid uuid, Guid hashSeed, Geometry geometry, Ext4Summary summary, ReadOnlySpan<byte> journalInode)
    {
        var freeBlocks = summary.FreeBytes / Format.BlockSize;
        var block = new byte[SuperblockLayout.Size];
        Put32(SuperblockLayout.Inodes, geometry.Inodes);
        Put32(SuperblockLayout.BlocksLow, geometry.Blocks);
        Put32(SuperblockLayout.FreeBlocksLow, freeBlocks);
        Put32(SuperblockLayout.FreeInodes, summary.FreeInodes);
        Put32(SuperblockLayout.LogBlockSize, BitOperations.Log2(Format.BlockSize) - SuperblockLayout.MinimumLogBlockSize);
        Put32(SuperblockLayout.LogClusterSize, BitOperations.Log2(Format.BlockSize) - SuperblockLayout.MinimumLogBlockSize);
        Put32(SuperblockLayout.BlocksPerGroup, Format.BlocksPerGroup);
        Put32(SuperblockLayout.ClustersPerGroup, Format.BlocksPerGroup);
        Put32(SuperblockLayout.InodesPerGroup, geometry.InodesPerGroup);
        Put16(SuperblockLayout.MaximumMounts, SuperblockLayout.NoMountLimit);
        Put16(SuperblockLayout.Magic, SuperblockLayout.MagicNumber);
        Put16(SuperblockLayout.State, SuperblockLayout.CleanState);
        Put16(SuperblockLayout.Errors, SuperblockLayout.ContinueOnErrors);
        Put32(SuperblockLayout.Revision, SuperblockLayout.DynamicRevision);
        Put32(SuperblockLayout.FirstInode, Format.FirstFreeInode);
        Put16(SuperblockLayout.InodeSize, Format.InodeSize);
        Put32(SuperblockLayout.Compatible, Format.CompatibleFeatures);
        Put32(SuperblockLayout.Incompatible, Format.IncompatibleFeatures);
        Put32(SuperblockLayout.ReadOnly, Format.ReadOnlyFeatures);
        uuid.TryWriteBytes(block.AsSpan(SuperblockLayout.Uuid), bigEndian: true, out _);
        Encoding.UTF8.GetBytes(label, block.AsSpan(SuperblockLayout.Label, SuperblockLayout.LabelBytes));
        Put16(SuperblockLayout.ReservedDescriptors, geometry.DescriptorBlocks - geometry.UsedDescriptorBlocks);
        Put32(SuperblockLayout.JournalInode, Format.JournalInode);
        hashSeed.TryWriteBytes(block.AsSpan(SuperblockLayout.HashSeed), bigEndian: true, out _);
        block[SuperblockLayout.HashVersion] = HalfMd4.Version;
        block[SuperblockLayout.JournalBackup] = SuperblockLayout.JournalBackupOfMap;
        Put16(SuperblockLayout.DescriptorSize, Format.DescriptorSize);
        Put32(SuperblockLayout.MountOptions, SuperblockLayout.XAttrMounts | SuperblockLayout.AclMounts);
        journalInode.Slice(InodeLayout.Root, InodeLayout.RootBytes).CopyTo(block.AsSpan(SuperblockLayout.JournalMap));
        journalInode.Slice(InodeLayout.SizeHigh, sizeof(uint)).CopyTo(block.AsSpan(SuperblockLayout.JournalSizeHigh));
        journalInode.Slice(InodeLayout.SizeLow, sizeof(uint)).CopyTo(block.AsSpan(SuperblockLayout.JournalSizeLow));
        Put32(SuperblockLayout.BlocksHigh, geometry.Blocks >> 32);
        Put32(SuperblockLayout.FreeBlocksHigh, freeBlocks >> 32);
        Put16(SuperblockLayout.MinimumExtraSize, Format.ExtraInodeSize);
        Put16(SuperblockLayout.WantedExtraSize, Format.ExtraInodeSize);
        Put32(SuperblockLayout.Flags, SuperblockLayout.UnsignedHash);
        block[SuperblockLayout.LogFlexibleGroups] = (byte)BitOperations.Log2(GroupsPerFlexibleGroup);
        block[SuperblockLayout.ChecksumType] = SuperblockLayout.Crc32CChecksums;
        return block;

        void Put16(int at, int value) => block.AsSpan().PutLe16(at, value);

        void Put32(int at, long value) => block.AsSpan().PutLe32(at, value);
    }
}
