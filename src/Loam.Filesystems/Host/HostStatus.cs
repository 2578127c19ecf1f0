using System.Buffers.Binary;
using Loam.Filesystems.Tree;

namespace Loam.Filesystems.Host;

/// <summary>What Linux says of a file (statx(2)).</summary>
internal readonly record struct HostStatus
{
    /// <summary>Bytes of <c>struct statx</c>.</summary>
    public const int Bytes = 0x100;

    /// <summary>Everything that stat(2) has.</summary>
    public const uint Mask = 0x7FF; // STATX_BASIC_STATS

    private const int LinksOffset = 0x10; // stx_nlink
    private const int UidOffset = 0x14; // stx_uid
    private const int GidOffset = 0x18; // stx_gid
    private const int ModeOffset = 0x1C; // stx_mode
    private const int InodeOffset = 0x20; // stx_ino
    private const int SizeOffset = 0x28; // stx_size
    private const int ModifiedOffset = 0x70; // stx_mtime.tv_sec
    private const int NanosecondsOffset = 0x78; // stx_mtime.tv_nsec
    private const int MajorOffset = 0x80; // stx_rdev_major
    private const int MinorOffset = 0x84; // stx_rdev_minor
    private const int DeviceOffset = 0x88; // stx_dev_major, stx_dev_minor

    public HostStatus(ReadOnlySpan<byte> statx)
    {
        Links = BinaryPrimitives.ReadUInt32LittleEndian(statx[LinksOffset..]);
        Uid = BinaryPrimitives.ReadUInt32LittleEndian(statx[UidOffset..]);
        Gid = BinaryPrimitives.ReadUInt32LittleEndian(statx[GidOffset..]);
        Mode = BinaryPrimitives.ReadUInt16LittleEndian(statx[ModeOffset..]);
        Size = BinaryPrimitives.ReadInt64LittleEndian(statx[SizeOffset..]);
        Modified = new Timestamp(
            BinaryPrimitives.ReadInt64LittleEndian(statx[ModifiedOffset..]), BinaryPrimitives.ReadUInt32LittleEndian(statx[NanosecondsOffset..]));
        Major = BinaryPrimitives.ReadUInt32LittleEndian(statx[MajorOffset..]);
        Minor = BinaryPrimitives.ReadUInt32LittleEndian(statx[MinorOffset..]);
        Identity = (BinaryPrimitives.ReadUInt64LittleEndian(statx[DeviceOffset..]), BinaryPrimitives.ReadUInt64LittleEndian(statx[InodeOffset..]));
    }

    public ushort Mode { get; }

    /// <summary>One of <see cref="ModeBits"/>.</summary>
    public int Kind => Mode & ModeBits.KindMask;

    public ushort Permissions => (ushort)(Mode & ModeBits.PermissionMask);

    public uint Links { get; }

    public uint Uid { get; }

    public uint Gid { get; }

    public long Size { get; }

    public Timestamp Modified { get; }

    /// <summary>Of a device, its number.</summary>
    public uint Major { get; }

    /// <summary>Of a device, its number.</summary>
    public uint Minor { get; }

    /// <summary>What no other file of this host has while this one is there: its file system and its inode.</summary>
    public (ulong Device, ulong Inode) Identity { get; }
}
