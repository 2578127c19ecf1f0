using System.Buffers.Binary;
using Loam.Filesystems.Blocks;

namespace Loam.Filesystems.Ext4.Layout;

/// <summary>An inode as it stands on the disk (inodes.rst, <c>struct ext4_inode</c>).</summary>
internal ref struct InodeRecord
{
    public ushort Mode;
    public uint Uid;
    public uint Gid;
    public long Size;
    public int Links;
    public uint Flags;
    public Timestamp Modified;

    /// <summary>Blocks it takes, of content, of extent trees and of attributes.</summary>
    public long Blocks;

    /// <summary>60 bytes: the extent tree's root, a short symlink's target, or a device's number.</summary>
    public ReadOnlySpan<byte> Root;

    /// <summary>Up to 96 bytes of extended attributes.</summary>
    public ReadOnlySpan<byte> XAttrs;

    /// <summary>The block with further attributes; 0 for none.</summary>
    public long XAttrBlock;

    public const int RootSize = InodeLayout.RootBytes;
    public const int XAttrOffset = InodeLayout.OldSize + Format.ExtraInodeSize;
    public const int XAttrSize = Format.InodeSize - XAttrOffset;

    /// <summary>Writes the inode over 256 zero bytes.</summary>
    public readonly void WriteTo(Span<byte> inode, uint checksumSeed)
    {
        var seconds = Math.Clamp(Modified.Seconds, int.MinValue, MaximumSeconds);
        var extra = ExtraTime(seconds, Modified.Nanoseconds);
        BinaryPrimitives.WriteUInt16LittleEndian(inode[InodeLayout.Mode..], Mode);
        BinaryPrimitives.WriteUInt16LittleEndian(inode[InodeLayout.UidLow..], (ushort)Uid);
        BinaryPrimitives.WriteUInt32LittleEndian(inode[InodeLayout.SizeLow..], (uint)Size);
        BinaryPrimitives.WriteInt32LittleEndian(inode[InodeLayout.Accessed..], (int)seconds);
        BinaryPrimitives.WriteInt32LittleEndian(inode[InodeLayout.Changed..], (int)seconds);
        BinaryPrimitives.WriteInt32LittleEndian(inode[InodeLayout.Modified..], (int)seconds);
        BinaryPrimitives.WriteUInt16LittleEndian(inode[InodeLayout.GidLow..], (ushort)Gid);
        BinaryPrimitives.WriteUInt16LittleEndian(inode[InodeLayout.Links..], (ushort)Links);
        var sectors = Blocks * Format.SectorsPerBlock;
        BinaryPrimitives.WriteUInt32LittleEndian(inode[InodeLayout.SectorsLow..], (uint)sectors);
        BinaryPrimitives.WriteUInt32LittleEndian(inode[InodeLayout.Flags..], Flags);
        Root.CopyTo(inode[InodeLayout.Root..]);
        BinaryPrimitives.WriteUInt32LittleEndian(inode[InodeLayout.XAttrBlockLow..], (uint)XAttrBlock);
        BinaryPrimitives.WriteUInt32LittleEndian(inode[InodeLayout.SizeHigh..], (uint)(Size >> 32));
        BinaryPrimitives.WriteUInt16LittleEndian(inode[InodeLayout.SectorsHigh..], (ushort)(sectors >> 32));
        BinaryPrimitives.WriteUInt16LittleEndian(inode[InodeLayout.XAttrBlockHigh..], (ushort)(XAttrBlock >> 32));
        BinaryPrimitives.WriteUInt16LittleEndian(inode[InodeLayout.UidHigh..], (ushort)(Uid >> 16));
        BinaryPrimitives.WriteUInt16LittleEndian(inode[InodeLayout.GidHigh..], (ushort)(Gid >> 16));
        BinaryPrimitives.WriteUInt16LittleEndian(inode[InodeLayout.ExtraSize..], Format.ExtraInodeSize);
        BinaryPrimitives.WriteUInt32LittleEndian(inode[InodeLayout.ChangedExtra..], extra);
        BinaryPrimitives.WriteUInt32LittleEndian(inode[InodeLayout.ModifiedExtra..], extra);
        BinaryPrimitives.WriteUInt32LittleEndian(inode[InodeLayout.AccessedExtra..], extra);
        BinaryPrimitives.WriteInt32LittleEndian(inode[InodeLayout.Created..], (int)seconds);
        BinaryPrimitives.WriteUInt32LittleEndian(inode[InodeLayout.CreatedExtra..], extra);
        XAttrs.CopyTo(inode[XAttrOffset..]);

        var checksum = Crc32C.Add(checksumSeed, inode);
        BinaryPrimitives.WriteUInt16LittleEndian(inode[InodeLayout.ChecksumLow..], (ushort)checksum);
        BinaryPrimitives.WriteUInt16LittleEndian(inode[InodeLayout.ChecksumHigh..], (ushort)(checksum >> 16));
    }

    /// <summary>2446-05-10, the last second that 34 bits reach; times beyond the ends are moved to them (inodes.rst,
    /// "Inode Timestamps").</summary>
    private const long MaximumSeconds = 0x3_7FFF_FFFF;

    private static uint ExtraTime(long seconds, uint nanoseconds) =>
        (nanoseconds << 2) | (uint)(((seconds - (int)seconds) >> 32) & 3);
}
