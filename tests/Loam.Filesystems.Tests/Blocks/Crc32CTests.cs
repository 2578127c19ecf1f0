using Loam.Filesystems.Blocks;
using Loam.TestKit;

namespace Loam.Filesystems.Tests;

public sealed class Crc32CTests
{
    [Fact]
    public void It_is_the_one_of_RFC_3720()
    {
        Assert.Equal(0xE3069283u, ~Crc32C.Add(Crc32C.Start, "123456789"u8));
        Assert.Equal(0x8A9136AAu, ~Crc32C.Add(Crc32C.Start, new byte[32]));
        Assert.Equal(0x46DD794Eu, ~Crc32C.Add(Crc32C.Start, Enumerable.Range(0, 32).Select(i => (byte)i).ToArray()));
    }

    [Fact]
    public void Parts_and_numbers_add_up()
    {
        var bytes = TestImage.Noise(100, 1);
        var whole = Crc32C.Add(Crc32C.Start, bytes);
        for (var cut = 0; cut <= bytes.Length; cut++)
        {
            Assert.Equal(whole, Crc32C.Add(Crc32C.Add(Crc32C.Start, bytes.AsSpan(0, cut)), bytes.AsSpan(cut)));
        }

        Assert.Equal(Crc32C.Add(7, [4, 3, 2, 1]), Crc32C.Add(7, 0x01020304u));
        Assert.Equal(Crc32C.Add(7, [8, 7, 6, 5, 4, 3, 2, 1]), Crc32C.Add(7, 0x0102030405060708ul));
    }
}
