using Loam.Filesystems.Blocks;

namespace Loam.Filesystems.Ext4.Layout;

/// <summary>Where the superblock's fields stand, in bytes from its start (super.rst).</summary>
internal static class SuperblockLayout
{
    /// <summary>Where the first superblock stands on the disk.</summary>
    public const int DiskOffset = 1024;

    public const int Size = 1024;
    public const ushort MagicNumber = 0xEF53;

    /// <summary>The flag of <see cref="State"/> that says the file system was unmounted.</summary>
    public const ushort CleanState = 1;

    /// <summary>The flag of <see cref="State"/> that says the kernel found errors.</summary>
    public const ushort ErrorState = 2;

    /// <summary>The value of <see cref="ChecksumType"/> for CRC-32C.</summary>
    public const byte Crc32CChecksums = 1;

    public const int Inodes = 0x00;
    public const int BlocksLow = 0x04;
    public const int ReservedLow = 0x08;
    public const int FreeBlocksLow = 0x0C;
    public const int FreeInodes = 0x10;
    public const int FirstDataBlock = 0x14;
    public const int LogBlockSize = 0x18;
    public const int LogClusterSize = 0x1C;
    public const int BlocksPerGroup = 0x20;
    public const int ClustersPerGroup = 0x24;
    public const int InodesPerGroup = 0x28;
    public const int MaximumMounts = 0x36;
    public const int Magic = 0x38;
    public const int State = 0x3A;
    public const int Errors = 0x3C;
    public const int Revision = 0x4C;
    public const int FirstInode = 0x54;
    public const int InodeSize = 0x58;
    public const int Group = 0x5A;
    public const int Compatible = 0x5C;
    public const int Incompatible = 0x60;
    public const int ReadOnly = 0x64;
    public const int Uuid = 0x68;
    public const int Label = 0x78;
    public const int LabelBytes = 16;
    public const int ReservedDescriptors = 0xCE;
    public const int JournalInode = 0xE0;
    public const int JournalDevice = 0xE4;
    public const int HashSeed = 0xEC;
    public const int HashVersion = 0xFC;
    public const int JournalBackup = 0xFD;
    public const int DescriptorSize = 0xFE;
    public const int MountOptions = 0x100;
    public const int FirstMetaGroup = 0x104;
    public const int JournalRoot = 0x10C;
    public const int BlocksHigh = 0x150;
    public const int ReservedHigh = 0x154;
    public const int FreeBlocksHigh = 0x158;
    public const int MinimumExtraSize = 0x15C;
    public const int WantedExtraSize = 0x15E;
    public const int Flags = 0x160;
    public const int LogFlexibleGroups = 0x174;
    public const int ChecksumType = 0x175;
    public const int Overhead = 0x248;
    public const int BackupGroups = 0x24C;
    public const int ChecksumSeed = 0x270;
    public const int Checksum = 0x3FC;

    /// <summary>Makes a superblock the copy of a group, with its checksum.</summary>
    public static void Seal(Span<byte> superblock, long group)
    {
        superblock.PutLe16(Group, group);
        superblock.PutLe32(Checksum, Crc32C.Add(Crc32C.Start, superblock[..Checksum]));
    }
}
