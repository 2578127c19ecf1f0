using FsCheck;
using FsCheck.Fluent;
using Loam.TestKit;

namespace Loam.Filesystems.Tests;

public sealed class ContentWriterTests : IDisposable
{
    private const int Block = DiskFile.BlockSize;

    private readonly DiskFile _disk = DiskFile.Create(new MemoryStream());

    public void Dispose() => _disk.Dispose();

    [Fact]
    public void Behind_a_file_s_end_its_last_block_holds_nothing_of_the_file_before()
    {
        var heap = new BlockHeap(_disk, _ => new BlockRange(1 << 20, 1));
        var writer = new ContentWriter(_disk, heap);
        writer.WriteFile([.. Enumerable.Repeat((byte)'x', Block - 1)]);
        var content = (Loam.Filesystems.BlockContent)writer.WriteFile("second"u8);
        var block = new byte[Block];
        _disk.Read(Assert.Single(content.Extents).Physical * Block, block);
        Assert.Equal("second", System.Text.Encoding.ASCII.GetString(block).TrimEnd('\0'));
        using var stream = _disk.OpenContent(new RegularFileNode(Metadata.File, content));
        Assert.Equal([new DataRange(0, 6)], stream.DataRanges);
    }

    [Fact]
    public void Whatever_is_written_and_skipped_reads_back_through_the_extents()
    {
        var heap = new BlockHeap(_disk, block => new BlockRange(Math.Max(8, block / 64 * 64 + (block % 64 < 4 ? 0 : 64)), 4));
        var writer = new ContentWriter(_disk, heap);
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

                Assert.Equal(expected.Length, writer.Position);
            }

            var content = writer.Finish();
            Assert.Equal(expected.ToArray(), Read(_disk, content));
            Assert.Equal(expected.Length, content.Size);
            AssertNoBlockOfZerosAndNoNeighbours(BlockContent.Of(content));
            if (list.Length % 3 == 0)
            {
                heap.Release(content);
            }
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Zeros_take_no_blocks()
    {
        var writer = NewWriter();
        writer.Write(new byte[1 << 20]);
        writer.Skip(1L << 40);
        writer.Write([1]);
        var content = writer.Finish();
        Assert.Equal(1, BlockContent.Of(content).Blocks);
        Assert.Equal((1L << 40) + (1 << 20) + 1, content.Size);
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.Skip(-1));
    }

    [Fact]
    public void Neighbouring_blocks_are_one_extent()
    {
        var writer = NewWriter();
        writer.Write(TestImage.Noise(10, 1));
        writer.Write(TestImage.Noise(10 * Block, 2));
        writer.Skip(2 * Block);
        writer.Write(TestImage.Noise(Block, 3));
        Assert.Equal([new Extent(0, 0, 11), new Extent(12, 11, 2)], BlockContent.Of(writer.Finish()).Extents);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Contents_come_from_streams(bool async)
    {
        var writer = NewWriter();
        foreach (var length in (int[])[0, 1, Block, 3_000_001])
        {
            var bytes = TestImage.Noise(length, length);
            using var stream = new MemoryStream([.. "skipped"u8, .. bytes]) { Position = 7 };
            var content = async
                ? await writer.WriteFileAsync(stream, TestContext.Current.CancellationToken)
                : writer.WriteFile(stream, TestContext.Current.CancellationToken);
            Assert.Equal(bytes, Read(_disk, content));
            Assert.True(stream.CanRead && stream.Position == stream.Length);
        }

        Assert.Equal(TestImage.Noise(5000, 1), Read(_disk, writer.WriteFile(TestImage.Noise(5000, 1))));
        var cancelled = new CancellationToken(canceled: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            _ = async ? await writer.CopyFromAsync(new MemoryStream(new byte[1]), cancelled) : writer.CopyFrom(new MemoryStream(new byte[1]), cancelled);
        });
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 0)]
    [InlineData(false, 5000)]
    [InlineData(false, 70_000)]
    [InlineData(true, 200_000)]
    [InlineData(false, 300_000)]
    [InlineData(false, 400_000)]
    public async Task Holes_of_sparse_streams_are_not_read(bool async, int from)
    {
        using var folder = new TemporaryFolder();
        var bytes = new byte[300_000];
        using (var file = File.OpenHandle(folder["f"], FileMode.CreateNew, FileAccess.Write))
        {
            foreach (var (at, length) in ((int, int)[])[(8192, 10_000), (131_072, 5000), (262_144, 20_000)])
            {
                TestImage.Noise(length, at).CopyTo(bytes, at);
                RandomAccess.Write(file, bytes.AsSpan(at, length), at);
            }

            RandomAccess.SetLength(file, bytes.Length);
        }

        using var reader = FolderReader.Open(folder.Path);
        using var content = reader.OpenContent((RegularFileNode)reader.ReadTree(TestContext.Current.CancellationToken).Get("f"));
        using var counted = new CountedSparse(content) { Position = from };
        var writer = NewWriter();
        writer.Write("before"u8);
        var copied = async
            ? await writer.CopyFromAsync(counted, TestContext.Current.CancellationToken)
            : writer.CopyFrom(counted, TestContext.Current.CancellationToken);
        Assert.Equal(Math.Max(0, bytes.Length - from), copied);
        Assert.Equal(6 + copied, writer.Position);
        Assert.Equal([.. "before"u8, .. bytes.AsSpan(Math.Min(from, bytes.Length))], Read(_disk, writer.Finish()));
        Assert.InRange(counted.BytesRead, 0, 45_056);
    }

    [Fact]
    public void One_file_at_a_time()
    {
        var writer = NewWriter();
        writer.Write("x"u8);
        Assert.Throws<InvalidOperationException>(() => writer.WriteFile("y"u8));
        Assert.Throws<InvalidOperationException>(() => writer.WriteFile(new MemoryStream()));
        writer.Finish();
        Assert.Equal(0, writer.Position);
        writer.WriteFile("y"u8);
        Assert.Throws<ArgumentNullException>(() => writer.CopyFrom(null!));
        Assert.Throws<ArgumentNullException>(() => new ContentWriter(null!, new BlockHeap(_disk, _ => new BlockRange(1, 1))));
        Assert.Throws<ArgumentNullException>(() => new ContentWriter(_disk, null!));
    }

    [Fact]
    public void A_content_can_be_read_from_anywhere_and_knows_its_holes()
    {
        var writer = NewWriter();
        var bytes = new byte[200_000];
        foreach (var (at, length) in ((int, int)[])[(0, 5000), (40_960, 30_000), (199_000, 1000)])
        {
            writer.Skip(at - writer.Position);
            TestImage.Noise(length, at).CopyTo(bytes, at);
            writer.Write(bytes.AsSpan(at, length));
        }

        using var stream = _disk.OpenContent(new RegularFileNode(Trees.Plain, writer.Finish()));
        Assert.Equal([new DataRange(0, 8192), new DataRange(40_960, 32_768), new DataRange(196_608, 3392)], stream.DataRanges);
        Assert.Equal(200_000, stream.Length);
        var random = new Random(3);
        for (var i = 0; i < 500; i++)
        {
            var (at, length) = (random.Next(bytes.Length), random.Next(60_000));
            var buffer = new byte[length];
            stream.Position = at;
            var read = stream.ReadAtLeast(buffer, length, throwOnEndOfStream: false);
            Assert.Equal(bytes.AsSpan(at, Math.Min(length, bytes.Length - at)), buffer.AsSpan(0, read));
        }
    }

    internal static byte[] Read(DiskFile disk, FileContent content)
    {
        var bytes = new byte[(content.Size + Block - 1) / Block * Block];
        foreach (var extent in BlockContent.Of(content).Extents)
        {
            disk.Read(extent.Physical * Block, bytes.AsSpan((int)extent.Logical * Block, (int)extent.Count * Block));
        }

        return bytes[..(int)content.Size];
    }

    private ContentWriter NewWriter() => new(_disk, new BlockHeap(_disk, _ => new BlockRange(long.MaxValue / 2, 0)));

    private void AssertNoBlockOfZerosAndNoNeighbours(BlockContent content)
    {
        var buffer = new byte[Block];
        for (var i = 0; i < content.Extents.Count; i++)
        {
            var extent = content.Extents[i];
            for (var block = extent.Physical; block < extent.Range.End; block++)
            {
                _disk.Read(block * Block, buffer);
                Assert.True(buffer.AsSpan().ContainsAnyExcept((byte)0), "a block of zeros was written");
            }

            Assert.False(i > 0 && content.Extents[i - 1] is var last && last.Logical + last.Count == extent.Logical && last.Range.End == extent.Physical);
        }
    }

    private sealed class CountedSparse(SparseStream inner) : SparseStream
    {
        public long BytesRead { get; private set; }

        public override long Length => inner.Length;

        public override IReadOnlyList<DataRange> DataRanges => inner.DataRanges;

        protected override int ReadAt(long position, Span<byte> buffer)
        {
            inner.Position = position;
            var read = inner.Read(buffer);
            BytesRead += read;
            return read;
        }
    }
}
