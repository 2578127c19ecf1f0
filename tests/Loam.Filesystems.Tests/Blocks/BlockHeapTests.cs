using FsCheck;
using FsCheck.Fluent;
using Loam.TestKit;

namespace Loam.Filesystems.Tests;

public sealed class BlockHeapTests : IDisposable
{
    private readonly DiskFile _disk = DiskFile.Create(new MemoryStream());

    public void Dispose() => _disk.Dispose();

    [Fact]
    public void Whatever_is_taken_and_given_back_no_block_has_two_owners_and_none_is_reserved()
    {
        Prop.ForAll(ArbMap.Default.GeneratorFor<(byte Kind, byte Count)[]>().ToArbitrary(), steps =>
        {
            // Reserved are blocks 0 to 3 of every 16.
            var heap = new BlockHeap(_disk, block => new BlockRange((block + 12) / 16 * 16, 4));
            var owned = new SortedSet<long>();
            var taken = new List<BlockRange>();
            foreach (var (kind, count) in steps)
            {
                switch (kind % 4)
                {
                    case 0 or 1:
                        Take(heap.Allocate(count % 20 + 1), count % 20 + 1, exactly: false);
                        break;
                    case 2:
                        Take(heap.AllocateContiguous(count % 12 + 1), count % 12 + 1, exactly: true);
                        break;
                    case 3 when taken.Count > 0:
                        var range = taken[count % taken.Count];
                        taken.Remove(range);
                        heap.Release(range);
                        Each(range).ToList().ForEach(block => owned.Remove(block));
                        break;
                }

                Assert.Equal(owned.Count, heap.Used);
                AssertFreeIsTheRest(heap, owned);
            }

            void Take(BlockRange range, int wanted, bool exactly)
            {
                Assert.True(exactly ? range.Count == wanted : range.Count >= 1 && range.Count <= wanted, $"{range} for {wanted}");
                Assert.All(Each(range), block => Assert.True(block % 16 >= 4 && owned.Add(block), $"{block}"));
                taken.Add(range);
            }
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Blocks_are_handed_out_from_the_front_and_freed_ones_first()
    {
        var heap = new BlockHeap(_disk, block => new BlockRange(block < 10 ? 8 : 100, 2));
        Assert.Equal(new BlockRange(0, 3), heap.Allocate(3));
        Assert.Equal(new BlockRange(3, 5), heap.Allocate(9));
        Assert.Equal(10, heap.End);
        Assert.Equal(new BlockRange(10, 1), heap.Allocate(1));
        heap.Release(new BlockRange(4, 2));
        heap.Release(new BlockRange(1, 2));
        Assert.Equal([new(1, 2), new(4, 2)], heap.Free);
        heap.Release(new BlockRange(3, 1));
        Assert.Equal([new(1, 5)], heap.Free);
        Assert.Equal(new BlockRange(1, 2), heap.Allocate(2));
        Assert.Equal(new BlockRange(3, 3), heap.Allocate(7));
        Assert.Equal(new BlockRange(11, 7), heap.Allocate(7));
        Assert.Equal((18, 16), (heap.End, heap.Used));
    }

    [Fact]
    public void Neighbouring_blocks_are_taken_from_the_first_run_that_has_them()
    {
        var heap = new BlockHeap(_disk, block => new BlockRange(block < 20 ? 16 : 1000, 4));
        heap.Allocate(16);
        heap.Release(new BlockRange(1, 2));
        heap.Release(new BlockRange(6, 4));
        Assert.Equal(new BlockRange(6, 3), heap.AllocateContiguous(3));
        Assert.Equal([new(1, 2), new(9, 1)], heap.Free);
        Assert.Equal(new BlockRange(1, 2), heap.AllocateContiguous(2));
        Assert.Equal(new BlockRange(20, 5), heap.AllocateContiguous(5));

        // What is too short before a reserved range is free for others.
        var other = new BlockHeap(_disk, block => new BlockRange(block < 12 ? 10 : 1000, 2));
        other.Allocate(7);
        Assert.Equal(new BlockRange(12, 4), other.AllocateContiguous(4));
        Assert.Equal([new(7, 3)], other.Free);
        Assert.Equal(new BlockRange(7, 3), other.Allocate(3));
    }

    [Fact]
    public void Where_runs_would_end_is_where_they_end()
    {
        for (var seed = 0; seed < 50; seed++)
        {
            var random = new Random(seed);
            var heap = new BlockHeap(_disk, block => new BlockRange((block + 25) / 32 * 32, 7));
            heap.Allocate(random.Next(1, 20));
            var runs = Enumerable.Range(0, random.Next(8)).Select(_ => (long)random.Next(1, 26)).ToList();
            var end = heap.EndAfter(runs);
            foreach (var run in runs.Where(run => heap.Free.All(free => free.Count < run)))
            {
                heap.AllocateContiguous(run);
            }

            Assert.True(heap.End <= end);
            var fresh = new BlockHeap(_disk, block => new BlockRange((block + 25) / 32 * 32, 7));
            var (expected, at) = (fresh.EndAfter(runs), 7L);
            foreach (var run in runs)
            {
                at = at % 32 + run > 32 ? at / 32 * 32 + 39 : at;
                at = (at + run) % 32 == 0 ? at + run + 7 : at + run;
            }

            Assert.Equal(at, expected);
        }
    }

    [Fact]
    public void Free_blocks_of_a_range_are_those_within_it()
    {
        var heap = new BlockHeap(_disk, _ => new BlockRange(1000, 1));
        heap.Allocate(100);
        heap.Release(new BlockRange(10, 10));
        heap.Release(new BlockRange(30, 10));
        heap.Release(new BlockRange(50, 10));
        Assert.Equal([new(15, 5), new(30, 10), new(50, 2)], heap.FreeWithin(new BlockRange(15, 37)));
        Assert.Equal([new(33, 2)], heap.FreeWithin(new BlockRange(33, 2)));
        Assert.Equal([new(10, 10)], heap.FreeWithin(new BlockRange(0, 30)));
        Assert.Empty(heap.FreeWithin(new BlockRange(20, 10)));
        Assert.Empty(heap.FreeWithin(new BlockRange(60, 40)));
    }

    [Fact]
    public void Freed_blocks_become_holes()
    {
        var heap = new BlockHeap(_disk, _ => new BlockRange(1000, 1));
        heap.Allocate(4);
        _disk.Write(0, TestImage.Noise(4 * DiskFile.BlockSize, 1));
        heap.Release(new BlockRange(1, 2));
        heap.PunchFree();
        var read = new byte[4 * DiskFile.BlockSize];
        _disk.Read(0, read);
        Assert.False(read.AsSpan(DiskFile.BlockSize, 2 * DiskFile.BlockSize).ContainsAnyExcept((byte)0));
        Assert.Equal(TestImage.Noise(4 * DiskFile.BlockSize, 1)[..DiskFile.BlockSize], read[..DiskFile.BlockSize]);
        Assert.Equal(TestImage.Noise(4 * DiskFile.BlockSize, 1)[(3 * DiskFile.BlockSize)..], read[(3 * DiskFile.BlockSize)..]);
    }

    [Fact]
    public void Only_its_own_contents_are_given_back()
    {
        var (heap, other) = (new BlockHeap(_disk, _ => new BlockRange(1000, 1)), new BlockHeap(_disk, _ => new BlockRange(1000, 1)));
        var content = new ContentWriter(_disk, heap).WriteFile(TestImage.Noise(10_000, 1));
        Assert.Throws<ArgumentException>(() => other.Release(content));
        Assert.Throws<ArgumentException>(() => heap.Release(new MemoryContent([1])));
        heap.Release(FileContent.Empty);
        heap.Release(content);
        Assert.Equal((0, 3), (heap.Used, heap.Free.Single().Count));
        Assert.Throws<ArgumentOutOfRangeException>(() => heap.Allocate(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => heap.AllocateContiguous(0));
        Assert.Throws<ArgumentNullException>(() => new BlockHeap(null!, _ => default));
        Assert.Throws<ArgumentNullException>(() => new BlockHeap(_disk, null!));
    }

    private static void AssertFreeIsTheRest(BlockHeap heap, SortedSet<long> owned)
    {
        var free = heap.Free.ToList();
        Assert.Equal(
            Enumerable.Range(0, (int)heap.End).Select(block => (long)block).Where(block => block % 16 >= 4 && !owned.Contains(block)), free.SelectMany(Each));
        for (var i = 1; i < free.Count; i++)
        {
            Assert.True(free[i - 1].End < free[i].Start, "two free runs touch");
        }
    }

    private static IEnumerable<long> Each(BlockRange range) => Enumerable.Range((int)range.Start, (int)range.Count).Select(block => (long)block);
}
