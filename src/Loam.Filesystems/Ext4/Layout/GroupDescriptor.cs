using Loam.Filesystems.Blocks;

namespace Loam.Filesystems.Ext4.Layout;

/// <summary>A block group's descriptor (group_descr.rst): 32 bytes, or 64 of which the second half holds high parts.</summary>
internal static class GroupDescriptor
{
    public const int OldSize = 32;
    public const int WideSize = 64;

    public const ushort InodesUnused = 1;
    public const ushort BlocksUnused = 2;
    public const ushort TableZeroed = 4;

    public const int BlockBitmap = 0x00;
    public const int InodeBitmap = 0x04;
    public const int InodeTable = 0x08;
    public const int FreeBlocks = 0x0C;
    public const int FreeInodes = 0x0E;
    public const int Directories = 0x10;
    public const int Flags = 0x12;
    public const int BlockBitmapChecksum = 0x18;
    public const int InodeBitmapChecksum = 0x1A;
    public const int UnusedInodes = 0x1C;
    public const int Checksum = 0x1E;

    /// <summary>A field with the address of a block.</summary>
    public static long Address(ReadOnlySpan<byte> descriptor, int field) =>
        descriptor.Le32(field) | (descriptor.Length >= WideSize ? (long)descriptor.Le32(field + OldSize) << 32 : 0);

    /// <summary>A number of which the high half, if there is one, has a place of its own.</summary>
    public static uint Number(ReadOnlySpan<byte> descriptor, int field) =>
        descriptor.Le16(field) | (descriptor.Length >= WideSize ? (uint)descriptor.Le16(HighOf(field)) << 16 : 0);

    public static void PutAddress(Span<byte> descriptor, int field, long block)
    {
        descriptor.PutLe32(field, block);
        if (descriptor.Length >= WideSize)
        {
            descriptor.PutLe32(field + OldSize, block >> 32);
        }
    }

    public static void PutNumber(Span<byte> descriptor, int field, uint value)
    {
        descriptor.PutLe16(field, value);
        if (descriptor.Length >= WideSize)
        {
            descriptor.PutLe16(HighOf(field), value >> 16);
        }
    }

    /// <summary>The checksum that metadata_csum puts on a descriptor.</summary>
    public static ushort MetadataChecksum(ReadOnlySpan<byte> descriptor, uint seed, uint group)
    {
        var crc = Crc32C.Add(Crc32C.Add(seed, group), descriptor[..Checksum]);
        return (ushort)Crc32C.Add(Crc32C.Add(crc, [0, 0]), descriptor[(Checksum + 2)..]);
    }

    /// <summary>The checksum that the older uninit_bg puts on a descriptor.</summary>
    public static ushort Crc16(ReadOnlySpan<byte> descriptor, ReadOnlySpan<byte> uuid, uint group)
    {
        Span<byte> number = stackalloc byte[sizeof(uint)];
        number.PutLe32(0, group);
        var crc = OldChecksums.AddCrc16(OldChecksums.AddCrc16(ushort.MaxValue, uuid), number);
        return OldChecksums.AddCrc16(OldChecksums.AddCrc16(crc, descriptor[..Checksum]), descriptor[(Checksum + 2)..]);
    }

    private static int HighOf(int field) => field switch
    {
        FreeBlocks => 0x2C,
        FreeInodes => 0x2E,
        Directories => 0x30,
        UnusedInodes => 0x32,
        BlockBitmapChecksum => 0x38,
        InodeBitmapChecksum => 0x3A,
        _ => throw new ArgumentOutOfRangeException(nameof(field)),
    };
}
