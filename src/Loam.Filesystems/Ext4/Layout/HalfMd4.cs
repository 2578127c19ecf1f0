using System.Buffers.Binary;
using System.Numerics;

namespace Loam.Filesystems.Ext4.Layout;

/// <summary>The hash that orders names in indexed directories: half of MD4, bytes taken as unsigned (kernel,
/// <c>fs/ext4/hash.c</c>; dynamic.rst, "Hash Tree Directories").</summary>
internal static class HalfMd4
{
    /// <summary>The number that superblocks and indexes have for it; names' bytes as unsigned is said elsewhere.</summary>
    public const byte Version = 1; // DX_HASH_HALF_MD4

    private const int ChunkBytes = 32;
    private const uint Round2 = 0x5A827999;
    private const uint Round3 = 0x6ED9EBA1;

    /// <summary>The values a hash can take end one short of the largest even number, which means "no more".</summary>
    private const uint EndOfDirectory = 0xFFFF_FFFE; // EXT4_HTREE_EOF_32BIT << 1

    /// <summary>The hash of a name and the minor hash that orders names of equal hash.</summary>
    public static (uint Hash, uint Minor) Of(ReadOnlySpan<byte> name, Guid seed)
    {
        Span<uint> state = stackalloc uint[4];
        Span<byte> seedBytes = stackalloc byte[16];
        seed.TryWriteBytes(seedBytes, bigEndian: true, out _);
        for (var i = 0; i < 4; i++)
        {
            state[i] = BinaryPrimitives.ReadUInt32LittleEndian(seedBytes[(4 * i)..]);
        }

        Span<uint> words = stackalloc uint[8];
        for (; !name.IsEmpty; name = name[Math.Min(ChunkBytes, name.Length)..])
        {
            Pack(name, words);
            Mix(state, words);
        }

        var hash = state[1] & ~1u;
        return (hash == EndOfDirectory ? EndOfDirectory - 2 : hash, state[2]);
    }

    private static void Pack(ReadOnlySpan<byte> name, Span<uint> words)
    {
        var pad = (uint)(byte)name.Length;
        pad |= (uint)name.Length << 8;
        pad |= pad << 16;
        var length = Math.Min(name.Length, ChunkBytes);
        for (var word = 0; word < words.Length; word++)
        {
            var value = pad;
            for (var i = 4 * word; i < Math.Min(4 * word + 4, length); i++)
            {
                value = name[i] + (value << 8);
            }

            words[word] = value;
        }
    }

    private static void Mix(Span<uint> state, ReadOnlySpan<uint> x)
    {
        var (a, b, c, d) = (state[0], state[1], state[2], state[3]);
        for (var i = 0; i < 8; i += 4)
        {
            a = BitOperations.RotateLeft(a + F(b, c, d) + x[i], 3);
            d = BitOperations.RotateLeft(d + F(a, b, c) + x[i + 1], 7);
            c = BitOperations.RotateLeft(c + F(d, a, b) + x[i + 2], 11);
            b = BitOperations.RotateLeft(b + F(c, d, a) + x[i + 3], 19);
        }

        for (var i = 1; i >= 0; i--)
        {
            a = BitOperations.RotateLeft(a + G(b, c, d) + x[i] + Round2, 3);
            d = BitOperations.RotateLeft(d + G(a, b, c) + x[i + 2] + Round2, 5);
            c = BitOperations.RotateLeft(c + G(d, a, b) + x[i + 4] + Round2, 9);
            b = BitOperations.RotateLeft(b + G(c, d, a) + x[i + 6] + Round2, 13);
        }

        ReadOnlySpan<byte> order = [3, 7, 2, 6, 1, 5, 0, 4];
        for (var i = 0; i < 8; i += 4)
        {
            a = BitOperations.RotateLeft(a + H(b, c, d) + x[order[i]] + Round3, 3);
            d = BitOperations.RotateLeft(d + H(a, b, c) + x[order[i + 1]] + Round3, 9);
            c = BitOperations.RotateLeft(c + H(d, a, b) + x[order[i + 2]] + Round3, 11);
            b = BitOperations.RotateLeft(b + H(c, d, a) + x[order[i + 3]] + Round3, 15);
        }

        state[0] += a;
        state[1] += b;
        state[2] += c;
        state[3] += d;
    }

    private static uint F(uint x, uint y, uint z) => z ^ (x & (y ^ z));

    private static uint G(uint x, uint y, uint z) => (x & y) + ((x ^ y) & z);

    private static uint H(uint x, uint y, uint z) => x ^ y ^ z;
}
