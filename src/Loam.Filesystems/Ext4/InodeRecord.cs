using System.Buffers.Binary;

namespace Loam.Filesystems.Ext4;

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

    public const int RootSize = 60;
    public const int XAttrOffset = 128 + Format.ExtraInodeSize;
    public const int XAttrSize = Format.InodeSize - XAttrOffset;

    private const int ChecksumLowOffset = 0x7C;
    private const int ChecksumHighOffset = 0x82;

    /// <summary>Writes the inode over 256 zero bytes.</summary>
    public readonly void WriteTo(Span<byte> inode, uint checksumSeed)
    {
        var seconds = Math.Clamp(Modified.Seconds, int.MinValue, MaximumSeconds);
        var extra = ExtraTime(seconds, Modified.Nanoseconds);
        BinaryPrimitives.WriteUInt16LittleEndian(inode, Mode);
        BinaryPrimitives.WriteUInt16LittleEndian(inode[0x02..], (ushort)Uid);
        BinaryPrimitives.WriteUInt32LittleEndian(inode[0x04..], (uint)Size);
        BinaryPrimitives.WriteInt32LittleEndian(inode[0x08..], (int)seconds);
        BinaryPrimitives.WriteInt32LittleEndian(inode[0x0C..], (int)seconds);
        BinaryPrimitives.WriteInt32LittleEndian(inode[0x10..], (int)seconds);
        BinaryPrimitives.WriteUInt16LittleEndian(inode[0x18..], (ushort)Gid);
        BinaryPrimitives.WriteUInt16LittleEndian(inode[0x1A..], (ushort)Links);
        var sectors = Blocks * Format.SectorsPerBlock;
        BinaryPrimitives.WriteUInt32LittleEndian(inode[0x1C..], (uint)sectors);
        BinaryPrimitives.WriteUInt32LittleEndian(inode[0x20..], Flags);
        Root.CopyTo(inode[0x28..]);
        BinaryPrimitives.WriteUInt32LittleEndian(inode[0x68..], (uint)XAttrBlock);
        BinaryPrimitives.WriteUInt32LittleEndian(inode[0x6C..], (uint)(Size >> 32));
        BinaryPrimitives.WriteUInt16LittleEndian(inode[0x74..], (ushort)(sectors >> 32));
        BinaryPrimitives.WriteUInt16LittleEndian(inode[0x76..], (ushort)(XAttrBlock >> 32));
        BinaryPrimitives.WriteUInt16LittleEndian(inode[0x78..], (ushort)(Uid >> 16));
        BinaryPrimitives.WriteUInt16LittleEndian(inode[0x7A..], (ushort)(Gid >> 16));
        BinaryPrimitives.WriteUInt16LittleEndian(inode[0x80..], Format.ExtraInodeSize);
        BinaryPrimitives.WriteUInt32LittleEndian(inode[0x84..], extra);
        BinaryPrimitives.WriteUInt32LittleEndian(inode[0x88..], extra);
        BinaryPrimitives.WriteUInt32LittleEndian(inode[0x8C..], extra);
        BinaryPrimitives.WriteInt32LittleEndian(inode[0x90..], (int)seconds);
        BinaryPrimitives.WriteUInt32LittleEndian(inode[0x94..], extra);
        XAttrs.CopyTo(inode[XAttrOffset..]);

        var checksum = Checksum.Add(checksumSeed, inode);
        BinaryPrimitives.WriteUInt16LittleEndian(inode[ChecksumLowOffset..], (ushort)checksum);
        BinaryPrimitives.WriteUInt16LittleEndian(inode[ChecksumHighOffset..], (ushort)(checksum >> 16));
    }

    /// <summary>2446-05-10, the last second that 34 bits reach; times beyond the ends are moved to them (inodes.rst,
    /// "Inode Timestamps").</summary>
    private const long MaximumSeconds = 0x3_7FFF_FFFF;

    private static uint ExtraTime(long seconds, uint nanoseconds) =>
        (nanoseconds << 2) | (uint)(((seconds - (int)seconds) >> 32) & 3);
}
