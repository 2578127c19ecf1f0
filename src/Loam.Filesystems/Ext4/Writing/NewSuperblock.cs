using System.Buffers.Binary;
using System.Text;
using Loam.Filesystems.Ext4.Layout;

namespace Loam.Filesystems.Ext4.Writing;

/// <summary>The superblock of a disk that is made (super.rst).</summary>
internal static class NewSuperblock
{
    private const uint UnsignedHash = 2;
    private const byte HalfMd4 = 1;
    private const uint XAttrAndAclMounts = 0xC;

    public static byte[] Create(Ext4Options options, Geometry geometry, long freeBlocks, long freeInodes, ReadOnlySpan<byte> journalInode)
    {
        var block = new byte[SuperblockLayout.Size];
        Put32(SuperblockLayout.Inodes, geometry.Inodes);
        Put32(SuperblockLayout.BlocksLow, geometry.Blocks);
        Put32(SuperblockLayout.FreeBlocksLow, freeBlocks);
        Put32(SuperblockLayout.FreeInodes, freeInodes);
        Put32(SuperblockLayout.LogBlockSize, 2); // block size: 1024 << 2
        Put32(SuperblockLayout.LogClusterSize, 2);
        Put32(SuperblockLayout.BlocksPerGroup, Format.BlocksPerGroup);
        Put32(SuperblockLayout.ClustersPerGroup, Format.BlocksPerGroup);
        Put32(SuperblockLayout.InodesPerGroup, geometry.InodesPerGroup);
        Put16(SuperblockLayout.MaximumMounts, 0xFFFF); // no check after so many mounts
        Put16(SuperblockLayout.Magic, SuperblockLayout.MagicNumber);
        Put16(SuperblockLayout.State, SuperblockLayout.CleanState); // cleanly unmounted
        Put16(SuperblockLayout.Errors, 1); // on errors: go on
        Put32(SuperblockLayout.Revision, 1); // revision with features
        Put32(SuperblockLayout.FirstInode, Format.FirstFreeInode);
        Put16(SuperblockLayout.InodeSize, Format.InodeSize);
        Put32(SuperblockLayout.Compatible, Format.CompatibleFeatures);
        Put32(SuperblockLayout.Incompatible, Format.IncompatibleFeatures);
        Put32(SuperblockLayout.ReadOnly, Format.ReadOnlyFeatures);
        options.Uuid.TryWriteBytes(block.AsSpan(SuperblockLayout.Uuid), bigEndian: true, out _);
        PutLabel(block.AsSpan(SuperblockLayout.Label, SuperblockLayout.LabelBytes), options.VolumeLabel);
        Put16(SuperblockLayout.ReservedDescriptors, geometry.DescriptorBlocks - geometry.UsedDescriptorBlocks);
        Put32(SuperblockLayout.JournalInode, Format.JournalInode);
        options.HashSeed.TryWriteBytes(block.AsSpan(SuperblockLayout.HashSeed), bigEndian: true, out _);
        block[SuperblockLayout.HashVersion] = HalfMd4;
        block[SuperblockLayout.JournalBackup] = 1; // the journal inode is kept here too
        Put16(SuperblockLayout.DescriptorSize, Format.DescriptorSize);
        Put32(SuperblockLayout.MountOptions, XAttrAndAclMounts);
        journalInode.Slice(InodeLayout.Root, InodeLayout.RootBytes).CopyTo(block.AsSpan(SuperblockLayout.JournalRoot));
        journalInode.Slice(InodeLayout.SizeHigh, 4).CopyTo(block.AsSpan(SuperblockLayout.JournalRoot + InodeLayout.RootBytes));
        journalInode.Slice(InodeLayout.SizeLow, 4).CopyTo(block.AsSpan(SuperblockLayout.JournalRoot + InodeLayout.RootBytes + 4));
        Put32(SuperblockLayout.BlocksHigh, geometry.Blocks >> 32);
        Put32(SuperblockLayout.FreeBlocksHigh, freeBlocks >> 32);
        Put16(SuperblockLayout.MinimumExtraSize, Format.ExtraInodeSize);
        Put16(SuperblockLayout.WantedExtraSize, Format.ExtraInodeSize);
        Put32(SuperblockLayout.Flags, UnsignedHash);
        block[SuperblockLayout.LogFlexibleGroups] = 4; // log2 of groups that belong together (flex_bg)
        block[SuperblockLayout.ChecksumType] = SuperblockLayout.Crc32CChecksums;
        return block;

        void Put16(int at, int value) => BinaryPrimitives.WriteUInt16LittleEndian(block.AsSpan(at), (ushort)value);

        void Put32(int at, long value) => BinaryPrimitives.WriteUInt32LittleEndian(block.AsSpan(at), (uint)value);
    }

    private static void PutLabel(Span<byte> field, string label)
    {
        var bytes = Encoding.UTF8.GetBytes(label);
        bytes.AsSpan(0, Math.Min(bytes.Length, field.Length)).CopyTo(field);
    }
}
