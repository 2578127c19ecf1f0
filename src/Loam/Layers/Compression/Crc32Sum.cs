namespace Loam.Layers;

/// <summary>The CRC-32 of gzip over data whose parts' CRCs are known.</summary>
internal static class Crc32Sum
{
    private const uint Polynomial = 0xEDB8_8320; // Reflected, as RFC 1952 uses it.
    private const uint One = 0x8000_0000;

    /// <summary>The CRC of two parts, one behind the other.</summary>
    public static uint Combine(uint first, uint second, long secondLength) => Multiply(PowerOfX(secondLength * 8), first) ^ second;

    /// <summary>x to a power, modulo the polynomial.</summary>
    private static uint PowerOfX(long power)
    {
        var result = One;
        for (var square = One >> 1; power > 0; power >>= 1, square = Multiply(square, square))
        {
            if ((power & 1) != 0)
            {
                result = Multiply(result, square);
            }
        }

        return result;
    }

    private static uint Multiply(uint left, uint right)
    {
        var product = 0u;
        for (var bit = One; bit != 0; bit >>= 1)
        {
            if ((left & bit) != 0)
            {
                product ^= right;
            }

            right = (right & 1) != 0 ? (right >> 1) ^ Polynomial : right >> 1;
        }

        return product;
    }
}
