using FsCheck;
using FsCheck.Fluent;
using Loam.Filesystems;
using Loam.Layers;
using Loam.TestKit;

namespace Loam.Tests;

/// <summary>Layers that are written, read back by what applies layers.</summary>
public sealed class LayerWriterTests
{
    [Fact]
    public void A_tree_comes_back_as_it_was() => Prop.ForAll<int>(seed =>
    {
        var source = new RandomTree(seed);
        var layer = Write(source, writer => writer.WriteTree(source.Tree));
        Assert.Equal(layer, Write(new RandomTree(seed), writer => writer.WriteTree(source.Tree), source.Open));
        Assert.Equal(source.Describe(), Apply(layer));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_difference_turns_one_tree_into_the_other() => Prop.ForAll<int, int, bool>((seed, other, related) =>
    {
        var before = new RandomTree(seed);
        var after = new RandomTree(related ? seed : other);
        after.Change(related ? Math.Abs(other % 8) : 0);
        var whole = Write(before, writer => writer.WriteTree(before.Tree));
        var difference = Write(after, writer => new LayerDiff(before.Tree, after.Tree, (left, right) => Same(before.Open(left), after.Open(right)))
            .Write(writer, CancellationToken.None));
        Assert.Equal(after.Describe(), Apply(whole, difference));
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    [Fact]
    public void Where_nothing_changed_nothing_is_written() => Prop.ForAll<int>(seed =>
    {
        var (before, after) = (new RandomTree(seed), new RandomTree(seed));
        var writer = new LayerWriter(Stream.Null, after.Open, CancellationToken.None);
        new LayerDiff(before.Tree, after.Tree, (left, right) => Same(before.Open(left), after.Open(right))).Write(writer, CancellationToken.None);
        Assert.Equal(0, writer.Entries);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Whiteouts_stand_only_where_they_are_needed()
    {
        var (before, after) = (new FileTree(), new FileTree());
        foreach (var (tree, names) in new[]
        {
            (before, new[] { "all/a", "all/b", "some/a", "some/b", "one/a", "gone/x", "gone/y", "kept/a" }),
            (after, ["all/new", "some/b", "one/n", "kept/a"]),
        })
        {
            var overlay = new TreeOverlay(tree, _ => { });
            foreach (var name in names)
            {
                overlay.Put(TreePath.Parse(name), new SpecialNode(Metadata.ImpliedDirectory, SpecialKind.Fifo, 0, 0));
            }
        }

        var output = new MemoryStream();
        var writer = new LayerWriter(output, _ => Stream.Null, CancellationToken.None);
        new LayerDiff(before, after, (_, _) => true).Write(writer, CancellationToken.None);
        writer.Finish();
        Assert.Equal(
            ["./", ".wh.gone", "all/", "all/.wh..wh..opq", "all/new", "one/", "one/.wh.a", "one/n", "some/", "some/.wh.a"], Names(output.ToArray()));
    }

    [Fact]
    public void What_a_layer_cannot_say_is_left_out_and_told()
    {
        var tree = new FileTree();
        tree.Root.Set("sock"u8, new SpecialNode(Metadata.ImpliedDirectory, SpecialKind.Socket, 0, 0));
        var directory = new DirectoryNode(Metadata.ImpliedDirectory);
        tree.Root.Set(".wh.d"u8, directory);
        directory.Set("f"u8, new SpecialNode(Metadata.ImpliedDirectory, SpecialKind.Fifo, 0, 0));
        var strange = XAttrs.Create([new XAttr("user.a=b", new byte[] { 1 }), new XAttr("user.kept", new byte[] { 2 })]);
        var plain = new DirectoryNode(Metadata.ImpliedDirectory);
        tree.Root.Set("plain"u8, plain);
        plain.Set(".wh.f"u8, new SpecialNode(Metadata.ImpliedDirectory, SpecialKind.Fifo, 0, 0));
        plain.Set("a.wh.f"u8, new SpecialNode(Metadata.ImpliedDirectory, SpecialKind.Fifo, 0, 0));
        tree.Root.Set("x"u8, new SpecialNode(Metadata.ImpliedDirectory with { XAttrs = strange }, SpecialKind.Fifo, 0, 0));
        var output = new MemoryStream();
        var writer = new LayerWriter(output, _ => Stream.Null, CancellationToken.None);
        writer.WriteTree(tree);
        writer.Finish();
        Assert.Equal(["./", "plain/", "plain/a.wh.f", "x"], Names(output.ToArray()));
        Assert.Equal(3, writer.Warnings.Count);
        Assert.Contains("3 names", writer.Warnings[1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_with_too_many_holes_keeps_the_long_ones()
    {
        var content = new Scattered(HoleScan.MaximumRanges + 10);
        var ranges = HoleScan.Find(content, new byte[1 << 16], TestContext.Current.CancellationToken)!;
        Assert.InRange(ranges.Count, HoleScan.MaximumRanges / 4, HoleScan.MaximumRanges);
        Assert.Equal(content.Length, ranges[^1].Offset + ranges[^1].Length);
        var at = 0;
        foreach (var data in content.DataRanges)
        {
            while (ranges[at].Offset + ranges[at].Length <= data.Offset)
            {
                at++;
            }

            Assert.True(ranges[at].Offset <= data.Offset && data.End <= ranges[at].Offset + ranges[at].Length);
        }
    }

    [Theory]
    [InlineData(0, null)]
    [InlineData(1, null)]
    [InlineData(2, "1048576+4096 6295552+0")]
    [InlineData(3, null)]
    [InlineData(4, "6291456+0")]
    [InlineData(5, "3145728+4")]
    public void Holes_are_found_by_content_alone(int which, string? expected)
    {
        const int Mebibyte = 1 << 20;
        var content = which switch
        {
            0 => [],
            1 => new byte[Mebibyte],
            2 => new byte[6 * Mebibyte + 4096],
            3 => new byte[3 * Mebibyte + 4096],
            4 => new byte[6 * Mebibyte],
            _ => new byte[3 * Mebibyte + 4],
        };
        switch (which)
        {
            case 1:
                content[^1] = 1;
                break;
            case 2:
                content[Mebibyte + 17] = 1;
                break;
            case 3:
                // Shorter runs of zeros are no holes: at the start, between, and at the end.
                (content[Mebibyte - 1], content[2 * Mebibyte - 2], content[3 * Mebibyte - 3]) = (1, 1, 1);
                break;
            case 5:
                content[^3] = 1;
                break;
        }

        var ranges = HoleScan.Find(new MemoryStream(content), new byte[64 << 10], CancellationToken.None);
        Assert.Equal(expected, ranges is null ? null : string.Join(' ', ranges.Select(range => $"{range.Offset}+{range.Length}")));
    }

    private static bool Same(Stream left, Stream right)
    {
        var (a, b) = (new MemoryStream(), new MemoryStream());
        left.CopyTo(a);
        right.CopyTo(b);
        return a.ToArray().AsSpan().SequenceEqual(b.ToArray());
    }

    private static byte[] Write(RandomTree source, Action<LayerWriter> write, Func<RegularFileNode, Stream>? open = null)
    {
        var output = new MemoryStream();
        var writer = new LayerWriter(output, open ?? source.Open, CancellationToken.None);
        write(writer);
        writer.Finish();
        return output.ToArray();
    }

    private static List<string> Apply(params byte[][] layers)
    {
        var sink = new MemorySink();
        var tree = new FileTree();
        var applier = new LayerApplier(new TreeOverlay(tree, _ => { }), sink, new LayerLimits(), _ => { });
        foreach (var layer in layers)
        {
            applier.Apply(new MemoryStream(layer), Digest.Sha256(layer), Digest.Sha256(layer), CancellationToken.None);
        }

        return RandomTree.Describe(tree, file => RandomTree.Hash(MemoryContent.Of(file)));
    }

    private static List<string> Names(byte[] layer)
    {
        var reader = new TarReader(new MemoryStream(layer), new LayerLimits(), long.MaxValue);
        var names = new List<string>();
        while (reader.Next() is { } entry)
        {
            names.Add(TreePath.Display(entry.Path));
        }

        return names;
    }

    /// <summary>Blocks of ones between holes, every second of them twice as long.</summary>
    private sealed class Scattered(int count) : SparseStream
    {
        private const int Block = 4096;
        private const int Hole = 1 << 20;

        private readonly DataRange[] _ranges =
            [.. Enumerable.Range(0, count).Select(i => new DataRange((i * (long)(Block + Hole)) + (i + 1) / 2 * (long)Hole + Hole, Block))];

        public override long Length => _ranges[^1].End;

        public override IReadOnlyList<DataRange> DataRanges => _ranges;

        protected override int ReadAt(long position, Span<byte> buffer)
        {
            buffer.Fill(1);
            return buffer.Length;
        }
    }
}
