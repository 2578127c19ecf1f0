using System.Buffers.Binary;
using System.Numerics;

namespace Loam.Filesystems.Ext4;

/// <summary>CRC-32C as ext4 uses it: started from a seed, never inverted at the end (checksums.rst).</summary>
internal static class Checksum
{
    public const uint Start = uint.MaxValue;

    public static uint Add(uint crc, ReadOnlySpan<byte> data)
    {
        while (data.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(data));
            data = data[sizeof(ulong)..];
        }

        foreach (var b in data)
        {
            crc = BitOperations.Crc32C(crc, b);
        }

        return crc;
    }

    public static uint Add(uint crc, uint value) => BitOperations.Crc32C(crc, value);

    public static uint Add(uint crc, ulong value) => BitOperations.Crc32C(crc, value);

    /// <summary>What all checksums of a file system start from.</summary>
    public static uint SeedOf(Guid uuid)
    {
        Span<byte> bytes = stackalloc byte[16];
        uuid.TryWriteBytes(bytes, bigEndian: true, out _);
        return Add(Start, bytes);
    }

    /// <summary>What the checksums of one inode's metadata start from; the writer's generations are always 0.</summary>
    public static uint SeedOf(uint fileSystemSeed, uint inode, uint generation = 0) => Add(Add(fileSystemSeed, inode), generation);
}
