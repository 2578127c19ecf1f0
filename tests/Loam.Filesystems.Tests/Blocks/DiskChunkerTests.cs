using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Loam.TestKit;

namespace Loam.Filesystems.Tests;

public sealed class DiskChunkerTests
{
    private const int Block = DiskFile.BlockSize;

    /// <summary>What the cutter made when it was written: other cuts would make every pushed disk new.</summary>
    private const string Recorded = "99e7394e07a26ddeb225383fe89aea946ebb6d9b17de7b1f32eadadb41a9c101";

    [Fact]
    public void Chunks_hold_all_that_is_not_zero_and_nothing_long_that_is()
    {
        using var folder = new TemporaryFolder();
        var content = Author(folder["disk"]);
        var put = new byte[content.Length];
        var end = 0L;
        foreach (var (offset, bytes) in Cut(folder["disk"]))
        {
            Assert.True(offset >= end && offset % Block == 0 && bytes.Length <= DiskChunker.MaximumBytes && bytes.Length > 0);
            Assert.True(bytes.AsSpan(0, Math.Min(Block, bytes.Length)).ContainsAnyExcept((byte)0), "a chunk begins with zeros");
            Assert.True(bytes.AsSpan((bytes.Length - 1) / Block * Block).ContainsAnyExcept((byte)0), "a chunk ends with zeros");
            bytes.CopyTo(put, offset);
            end = offset + bytes.Length;
        }

        Assert.True(content.AsSpan().SequenceEqual(put));
    }

    [Fact]
    public void The_cuts_are_those_that_were_recorded()
    {
        using var folder = new TemporaryFolder();
        Author(folder["disk"]);
        var text = string.Join('\n', Cut(folder["disk"]).Select(chunk => $"{chunk.Offset} {Convert.ToHexStringLower(SHA256.HashData(chunk.Bytes))}"));
        Assert.Equal(Recorded, Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(text))));
    }

    [Fact]
    public void Zeros_in_holes_and_in_blocks_are_the_same()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["full"], Author(folder["disk"]));
        Assert.Equal(
            Cut(folder["disk"]).Select(chunk => (chunk.Offset, Convert.ToHexString(SHA256.HashData(chunk.Bytes)))),
            Cut(folder["full"]).Select(chunk => (chunk.Offset, Convert.ToHexString(SHA256.HashData(chunk.Bytes)))));
    }

    [Fact]
    public void The_same_run_gives_the_same_chunks_wherever_it_stands()
    {
        using var folder = new TemporaryFolder();
        var run = TestImage.Noise(8 << 20, 3);
        File.WriteAllBytes(folder["a"], [.. run, .. new byte[32 * Block]]);
        File.WriteAllBytes(folder["b"], [.. new byte[77 * Block], .. run]);
        Assert.Equal(
            Cut(folder["a"]).Select(chunk => (chunk.Offset + 77 * Block, Convert.ToHexString(SHA256.HashData(chunk.Bytes)))),
            Cut(folder["b"]).Select(chunk => (chunk.Offset, Convert.ToHexString(SHA256.HashData(chunk.Bytes)))));
        Assert.True(Cut(folder["a"]).Count() > 3);
    }

    [Theory]
    [InlineData(15, 1)]
    [InlineData(16, 2)]
    public void Sixteen_blocks_of_zeros_end_a_chunk(int zeros, int chunks)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["disk"], [.. TestImage.Noise(Block, 1), .. new byte[zeros * Block], .. TestImage.Noise(Block, 2)]);
        Assert.Equal(chunks, Cut(folder["disk"]).Count());
    }

    [Fact]
    public void Disks_need_not_end_with_a_block()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["disk"], TestImage.Noise(5000, 1));
        Assert.Equal(TestImage.Noise(5000, 1), Cut(folder["disk"]).Single().Bytes);
        File.WriteAllBytes(folder["empty"], []);
        Assert.Empty(Cut(folder["empty"]));
        Assert.Throws<ArgumentNullException>(() => DiskChunker.Cut(null!));
    }

    private static IEnumerable<(long Offset, byte[] Bytes)> Cut(string path)
    {
        using var disk = File.OpenHandle(path);
        foreach (var chunk in DiskChunker.Cut(disk))
        {
            yield return (chunk.Offset, chunk.Content.ToArray());
            ArrayPool<byte>.Shared.Return(chunk.Buffer);
        }
    }

    /// <summary>24 MiB: noise with gaps of many lengths, a run without a cut longer than a chunk may be, and a tail.</summary>
    private static byte[] Author(string path)
    {
        var content = new byte[(24 << 20) + 1234];
        var random = new Random(9);
        for (var at = 0; at < 12 << 20;)
        {
            var blocks = random.Next(1, 400);
            TestImage.Noise(Math.Min(blocks * Block, (12 << 20) - at), at).CopyTo(content, at);
            at += (blocks + random.Next(0, 40)) * Block;
        }

        // The same block again and again: its checksum ends a chunk everywhere or nowhere.
        var same = TestImage.Noise(Block, 4);
        for (var at = 13 << 20; at < 20 << 20; at += Block)
        {
            same.CopyTo(content, at);
        }

        TestImage.Noise(1234, 8).CopyTo(content, 24 << 20);
        using var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write);
        RandomAccess.SetLength(file, content.Length);
        for (var at = 0; at < content.Length; at += 16 * Block)
        {
            var part = content.AsSpan(at, Math.Min(16 * Block, content.Length - at));
            if (part.ContainsAnyExcept((byte)0))
            {
                RandomAccess.Write(file, part, at);
            }
        }

        return content;
    }
}
