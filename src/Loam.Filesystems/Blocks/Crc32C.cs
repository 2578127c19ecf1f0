using System.Buffers.Binary;
using System.Numerics;

namespace Loam.Filesystems.Blocks;

/// <summary>CRC-32C (RFC 3720, appendix B.4), started from a seed and never inverted at the end: what comes later goes on from
/// what came before.</summary>
internal static class Crc32C
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
}
