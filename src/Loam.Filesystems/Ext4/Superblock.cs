using System.Buffers.Binary;
using System.Text;

namespace Loam.Filesystems.Ext4;

/// <summary>The superblock (super.rst), 1,024 bytes that stand at byte 1,024 of the disk and at the front of some groups.</summary>
internal static class Superblock
{
    public const int Size = 1024;

    private const ushort Magic = 0xEF53;
    private const int ChecksumOffset = 0x3FC;
    private const int GroupOffset = 0x5A;
    private const uint UnsignedHash = 2;
    private const byte HalfMd4 = 1;
    private const uint XAttrAndAclMounts = 0xC;

    public static byte[] Create(Ext4Options options, Geometry geometry, long freeBlocks, long freeInodes, ReadOnlySpan<byte> journalInode)
    {
        var block = new byte[Size];
        Put32(0x00, geometry.Inodes);
        Put32(0x04, geometry.Blocks);
        Put32(0x0C, freeBlocks);
        Put32(0x10, freeInodes);
        Put32(0x18, 2); // block size: 1024 << 2
        Put32(0x1C, 2);
        Put32(0x20, Format.BlocksPerGroup);
        Put32(0x24, Format.BlocksPerGroup);
        Put32(0x28, geometry.InodesPerGroup);
        Put16(0x36, 0xFFFF); // no check after so many mounts
        Put16(0x38, Magic);
        Put16(0x3A, 1); // cleanly unmounted
        Put16(0x3C, 1); // on errors: go on
        Put32(0x4C, 1); // revision with features
        Put32(0x54, Format.FirstFreeInode);
        Put16(0x58, Format.InodeSize);
        Put32(0x5C, Format.CompatibleFeatures);
        Put32(0x60, Format.IncompatibleFeatures);
        Put32(0x64, Format.ReadOnlyFeatures);
        options.Uuid.TryWriteBytes(block.AsSpan(0x68), bigEndian: true, out _);
        PutLabel(block.AsSpan(0x78, 16), options.VolumeLabel);
        Put16(0xCE, geometry.DescriptorBlocks - geometry.UsedDescriptorBlocks);
        Put32(0xE0, Format.JournalInode);
        options.HashSeed.TryWriteBytes(block.AsSpan(0xEC), bigEndian: true, out _);
        block[0xFC] = HalfMd4;
        block[0xFD] = 1; // the journal inode is kept here too
        Put16(0xFE, Format.DescriptorSize);
        Put32(0x100, XAttrAndAclMounts);
        journalInode.Slice(0x28, InodeRecord.RootSize).CopyTo(block.AsSpan(0x10C));
        journalInode.Slice(0x6C, 4).CopyTo(block.AsSpan(0x148));
        journalInode.Slice(0x04, 4).CopyTo(block.AsSpan(0x14C));
        Put32(0x150, geometry.Blocks >> 32);
        Put32(0x158, freeBlocks >> 32);
        Put16(0x15C, Format.ExtraInodeSize);
        Put16(0x15E, Format.ExtraInodeSize);
        Put32(0x160, UnsignedHash);
        block[0x174] = 4; // log2 of groups that belong together (flex_bg)
        block[0x175] = 1; // CRC-32C
        return block;

        void Put16(int at, int value) => BinaryPrimitives.WriteUInt16LittleEndian(block.AsSpan(at), (ushort)value);

        void Put32(int at, long value) => BinaryPrimitives.WriteUInt32LittleEndian(block.AsSpan(at), (uint)value);
    }

    /// <summary>Makes it the copy of a group.</summary>
    public static void Seal(Span<byte> superblock, long group)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(superblock[GroupOffset..], (ushort)group);
        BinaryPrimitives.WriteUInt32LittleEndian(superblock[ChecksumOffset..], Checksum.Add(Checksum.Start, superblock[..ChecksumOffset]));
    }

    private static void PutLabel(Span<byte> field, string label)
    {
        var bytes = Encoding.UTF8.GetBytes(label);
        bytes.AsSpan(0, Math.Min(bytes.Length, field.Length)).CopyTo(field);
    }
}
