using FsCheck;
using FsCheck.Fluent;
using Loam.TestKit;

namespace Loam.Filesystems.Tests;

public sealed class ContentWriterTests
{
    [Fact]
    public void Whatever_is_written_and_skipped_reads_back_through_the_extents()
    {
        using var folder = new TemporaryFolder();
        using var disk = DiskFile.Create(folder["disk"]);
        var heap = new BlockHeap(disk, block => new BlockRange(Math.Max(8, block / 64 * 64 + (block % 64 < 4 ? 0 : 64)), 4));
        var writer = new ContentWriter(disk, heap);
        var steps = ArbMap.Default.GeneratorFor<(bool Hole, ushort Length, byte Seed)[]>();
        Prop.ForAll(steps.ToArbitrary(), list =>
        {
            var expected = new MemoryStream();
            foreach (var (hole, length, seed) in list)
            {
                var bytes = hole ? new byte[length] : [.. Enumerable.Range(0, length % 20_000).Select(i => (byte)(seed * (i >> 12)))];
                expected.Write(bytes);
                if (hole)
                {
                    writer.Skip(bytes.Length);
                }
                else
                {
                    writer.Write(bytes);
                }
            }

            var content = writer.Finish();
            Assert.Equal(expected.ToArray(), Read(disk, content));
            Assert.Equal(expected.Length, content.Size);
            if (list.Length % 3 == 0)
            {
                heap.Release(content);
            }
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Zeros_take_no_blocks()
    {
        using var folder = new TemporaryFolder();
        using var disk = DiskFile.Create(folder["disk"]);
        var heap = new BlockHeap(disk, _ => new BlockRange(long.MaxValue / 2, 0));
        var writer = new ContentWriter(disk, heap);
        writer.Write(new byte[1 << 20]);
        writer.Skip(1L << 40);
        writer.Write([1]);
        var content = writer.Finish();
        Assert.Equal(1, BlockContent.Of(content).Blocks);
        Assert.Equal((1L << 40) + (1 << 20) + 1, content.Size);
    }

    internal static byte[] Read(DiskFile disk, FileContent content)
    {
        var bytes = new byte[(content.Size + DiskFile.BlockSize - 1) / DiskFile.BlockSize * DiskFile.BlockSize];
        foreach (var extent in BlockContent.Of(content).Extents)
        {
            disk.Read(extent.Physical * DiskFile.BlockSize, bytes.AsSpan((int)extent.Logical * DiskFile.BlockSize, (int)extent.Count * DiskFile.BlockSize));
        }

        return bytes[..(int)content.Size];
    }
}
