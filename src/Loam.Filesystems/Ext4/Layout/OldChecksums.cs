namespace Loam.Filesystems.Ext4.Layout;

/// <summary>The checksums of before metadata_csum: CRC-16 of group descriptors (kernel, <c>lib/crc16.c</c>) and the
/// big-endian CRC-32 of journal transactions (kernel, <c>lib/crc32.c</c>, <c>crc32_be</c>). Bit by bit: both are rare.</summary>
internal static class OldChecksums
{
    private const int ReflectedCrc16 = 0xA001; // x^16 + x^15 + x^2 + 1, the lowest bit first
    private const uint Crc32 = 0x04C1_1DB7; // CRC32_POLY_BE

    public static ushort AddCrc16(ushort crc, ReadOnlySpan<byte> data)
    {
        int value = crc;
        foreach (var b in data)
        {
            value ^= b;
            for (var bit = 0; bit < 8; bit++)
            {
                value = (value >> 1) ^ ((value & 1) != 0 ? ReflectedCrc16 : 0);
            }
        }

        return (ushort)value;
    }

    public static uint AddCrc32(uint crc, ReadOnlySpan<byte> data)
    {
        foreach (var b in data)
        {
            crc ^= (uint)b << 24;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc << 1) ^ ((crc & 0x8000_0000) != 0 ? Crc32 : 0);
            }
        }

        return crc;
    }
}
