using System.Globalization;
using System.Text;
using Loam.Filesystems;
using Loam.Layers;
using Loam.TestKit;

namespace Loam.Tests;

/// <summary>What layers make of a tree (OCI image-spec, <c>layer.md</c>), judged by what the specification says.</summary>
public sealed class LayerApplierTests
{
    [Fact]
    public void A_whiteout_hides_what_lower_layers_have() => Assert.Equal(
        ["a/", "a/y=2"],
        Apply(
            Tar().Directory("a").File("a/x", "1").File("a/y", "2").Directory("b").File("b/z", "3"),
            Tar().Whiteout("a/x").Whiteout("b")));

    [Fact]
    public void A_whiteout_hides_nothing_of_its_own_layer_wherever_it_comes()
    {
        Assert.Equal(["a/", "a/x=new"], Apply(Tar().Directory("a").File("a/x", "old"), Tar().Whiteout("a/x").File("a/x", "new")));
        Assert.Equal(["a/", "a/x=new"], Apply(Tar().Directory("a").File("a/x", "old"), Tar().File("a/x", "new").Whiteout("a/x")));
        Assert.Equal(["a/", "a/new=2"], Apply(Tar().Directory("a").File("a/old", "1"), Tar().Directory("a").File("a/new", "2").Whiteout("a")));
        Assert.Equal(["x=1"], Apply(Tar().File("x", "1").Whiteout("x")));
    }

    [Fact]
    public void An_opaque_mark_hides_all_of_a_directory_but_its_own_layers_files()
    {
        var below = Tar().Directory("a").File("a/old", "1").Directory("a/sub").File("a/sub/old", "1").File("b", "kept");
        Assert.Equal(["a/", "a/new=2", "b=kept"], Apply(below, Tar().Opaque("a").File("a/new", "2")));
        Assert.Equal(["a/", "a/new=2", "b=kept"], Apply(below, Tar().File("a/new", "2").Opaque("a")));
        Assert.Equal(["a/", "b=kept"], Apply(below, Tar().Opaque("a")));
    }

    [Fact]
    public void What_a_lower_layer_hid_a_higher_one_may_bring_back() => Assert.Equal(
        ["x=3"], Apply(Tar().File("x", "1"), Tar().Whiteout("x"), Tar().File("x", "3")));

    [Fact]
    public void Marks_of_aufs_mean_nothing_and_make_no_files() => Assert.Equal(
        ["a=1"], Apply(Tar().File("a", "1"), Tar().File(".wh..wh.plnk").File(".wh..wh.orph").File(".wh..wh.aufs")));

    [Theory]
    [InlineData(".wh.", "layer_escapes_root")]
    [InlineData(".wh..", "layer_escapes_root")]
    [InlineData(".wh...", "layer_escapes_root")]
    [InlineData("d/.wh...", "layer_escapes_root")]
    public void A_whiteout_hides_one_name_and_never_what_is_above(string name, string code) =>
        Assert.Equal(code, Fail(Tar().Directory("d").File("d/f", "1").File(name)).Code.Name);

    [Fact]
    public void Whatever_comes_later_replaces_what_was_there()
    {
        Assert.Equal(
            ["a=file", "b/", "b/f=3", "c -> b", "d|0:0"],
            Apply(
                Tar().Directory("a").File("a/f", "1").File("b", "2").Fifo("c").Symlink("d", "a"),
                Tar().File("a", "file").Directory("b").File("b/f", "3").Symlink("c", "b").Fifo("d")));
        Assert.Equal(["x=second"], Apply(Tar().File("x", "first").File("x", "second")));
    }

    [Fact]
    public void A_directory_that_is_stated_again_keeps_what_is_in_it_and_takes_the_new_metadata()
    {
        var tree = Tree(Tar().Directory("d", 0b111_000_000, uid: 1).File("d/f", "1"), Tar().Directory("d", 0b111_101_101, uid: 2, time: 5));
        Assert.Equal(["d/", "d/f=1"], Describe(tree));
        var metadata = tree.Find(TreePath.Parse("d"))!.Metadata;
        Assert.Equal((0b111_101_101, 2u, new Timestamp(5, 0)), (metadata.Permissions, metadata.Uid, metadata.Modified));
    }

    [Fact]
    public void A_hard_link_is_the_file_itself_and_outlives_its_origin()
    {
        var tree = Tree(Tar().File("one", "1", mode: 0b110_000_000).HardLink("two", "one"), Tar().HardLink("three", "/one"), Tar().Whiteout("one"));
        Assert.Equal(["three=1", "two=1"], Describe(tree));
        var node = tree.Find(TreePath.Parse("two"))!;
        Assert.Same(node, tree.Find(TreePath.Parse("three")));
        Assert.Equal((2, 0b110_000_000), (node.LinkCount, node.Metadata.Permissions));
        Assert.Equal(["one=new", "two=1"], Apply(Tar().File("one", "1").HardLink("two", "one"), Tar().File("one", "new")));
    }

    [Fact]
    public void Everything_an_entry_says_about_a_file_is_kept()
    {
        var attributes = new[] { new XAttr("user.a", new byte[] { 1, 0, 2 }), new XAttr("trusted.b", new byte[] { 3 }) };
        var tree = Tree(Tar()
            .File("f", "x", 0b100_111_101_101, uid: 7, gid: 8, time: 9, nanoseconds: 10, xattrs: attributes)
            .Device("c", block: false, 1, 3).Device("b", block: true, 259, 70_000).Fifo("p"));
        Assert.Equal(
            new Metadata(0b100_111_101_101, 7, 8, new Timestamp(9, 10), XAttrs.None),
            tree.Find(TreePath.Parse("f"))!.Metadata with { XAttrs = XAttrs.None });
        Assert.Equal("trusted.b=03 user.a=010002", tree.Find(TreePath.Parse("f"))!.Metadata.XAttrs.ToString());
        Assert.Equal(["BlockDevice 259:70000", "CharacterDevice 1:3", "Fifo 0:0"], ((string[])["b", "c", "p"]).Select(name =>
        {
            var node = Assert.IsType<SpecialNode>(tree.Find(TreePath.Parse(name)));
            return $"{node.Kind} {node.Major}:{node.Minor}";
        }));
    }

    [Fact]
    public void Attributes_of_other_systems_are_left_out_and_counted_once_a_layer()
    {
        string[] kept = ["security.capability", "system.posix_acl_access", "system.posix_acl_default", "trusted.t", "user.u"];
        string[] ignored = ["com.apple.quarantine", "system.other", "User.x", "xuser.y"];
        var warnings = new List<string>();
        XAttr[] all = [.. kept.Concat(ignored).Select(name => new XAttr(name, new byte[] { 1 }))];
        var tree = Tree(warnings.Add, Tar().File("a", xattrs: all).File("b", xattrs: all[^1..]), Tar().File("c"));
        Assert.Equal(kept, tree.Find(TreePath.Parse("a"))!.Metadata.XAttrs.Items.Select(item => item.Name));
        Assert.True(tree.Find(TreePath.Parse("b"))!.Metadata.XAttrs.IsEmpty);
        Assert.Contains(": 5 extended attributes were left out", Assert.Single(warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Sparse_files_get_their_holes()
    {
        var content = new byte[5 << 20];
        TestImage.Noise(4096, 1).CopyTo(content, 3 << 20);
        content[^1] = 1;
        var source = new FileTree();
        source.Root.Set("s"u8, new RegularFileNode(Metadata.ImpliedDirectory, new MemoryContent(content)));
        var output = new MemoryStream();
        var writer = new LayerWriter(output, file => new MemoryStream(MemoryContent.Of(file)), CancellationToken.None);
        writer.WriteTree(source);
        writer.Finish();
        Assert.InRange(output.Length, 8192, 1 << 20);
        var (tree, _) = Apply(new LayerLimits(), _ => { }, output.ToArray());
        Assert.Equal(content, MemoryContent.Of((RegularFileNode)tree.Find(TreePath.Parse("s"))!));
    }

    [Fact]
    public void The_length_of_a_layer_is_that_of_its_uncompressed_bytes()
    {
        var layer = Tar().File("a", TestImage.Noise(5000, 1)).End();
        Assert.Equal([layer.Length, layer.Length], Apply(new LayerLimits(), _ => { }, layer, layer).Lengths);
    }

    [Fact]
    public void Limits_hold_for_all_layers_together()
    {
        var layer = Tar().File("a").File("b").End();
        var entries = new LayerLimits { MaximumEntries = 5 };
        Apply(entries with { MaximumEntries = 4 }, _ => { }, layer, layer);
        Assert.Equal(ErrorCodes.LayerTooLarge, Assert.Throws<LoamException>(() => Apply(entries, _ => { }, layer, layer, layer)).Code);
        var bytes = new LayerLimits { MaximumUncompressedBytes = 2 * layer.Length };
        Apply(bytes, _ => { }, layer, layer);
        Assert.Equal(ErrorCodes.LayerTooLarge, Assert.Throws<LoamException>(() =>
            Apply(bytes with { MaximumUncompressedBytes = 2 * layer.Length - 1 }, _ => { }, layer, layer)).Code);
        var file = new LayerLimits { MaximumFileBytes = 10 };
        Apply(file, _ => { }, Tar().File("a", new byte[10]).End());
        Assert.Equal(ErrorCodes.LayerTooLarge, Assert.Throws<LoamException>(() => Apply(file, _ => { }, Tar().File("a", new byte[11]).End())).Code);
    }

    [Fact]
    public void Content_that_does_not_have_the_diff_id_is_refused()
    {
        var layer = Tar().File("a", "1").End();
        var applier = new LayerApplier(new TreeOverlay(new FileTree(), _ => { }), new MemorySink(), new LayerLimits(), _ => { });
        var (blob, other) = (Digest.Sha256([1]), Digest.Sha256([2]));
        var error = Assert.Throws<LoamException>(() => applier.Apply(new MemoryStream(layer), blob, other, CancellationToken.None));
        Assert.Equal(ErrorCodes.DiffIdMismatch, error.Code);
        Assert.Contains($"{Digest.Sha256(layer)}; the configuration says {other}", error.Message, StringComparison.Ordinal);
        Assert.Equal(blob.ToString(), error.Details["layer"]);
    }

    [Fact]
    public void What_follows_the_last_entry_is_hashed_too()
    {
        byte[] padded = [.. Tar().File("a", "1").End(), .. new byte[20_000]];
        Assert.Equal([padded.Length], Apply(new LayerLimits(), _ => { }, padded).Lengths);
    }

    [Fact]
    public void A_failure_names_the_layer_the_entry_and_its_place()
    {
        var layer = Tar().File("first", new byte[600]).File("d/../../x", "1").End();
        var error = Assert.Throws<LoamException>(() => Apply(new LayerLimits(), _ => { }, layer));
        Assert.Equal((ErrorCodes.LayerEscapes, "d/../../x", "1536"), (error.Code, error.Details["entry"], error.Details["offset"]));
        Assert.Contains($"layer {Digest.Sha256(layer)}, entry \"d/../../x\" at byte 1536: ", error.Message, StringComparison.Ordinal);
        var damaged = Assert.Throws<LoamException>(() => Apply(new LayerLimits(), _ => { }, [.. TestImage.Noise(512, 1)]));
        Assert.Equal(ErrorCodes.LayerDamaged, damaged.Code);
        Assert.False(damaged.Details.ContainsKey("entry"));
        Assert.Contains(", at byte 0: ", damaged.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Damage_of_the_compression_is_told_with_the_entry_that_was_being_read()
    {
        var tar = Tar().File("first").File("second", TestImage.Noise(600_000, 1)).End();
        var blob = TestImage.Compress(tar, LayerForm.Gzip)[..^200_000];
        var applier = new LayerApplier(new TreeOverlay(new FileTree(), _ => { }), new MemorySink(), new LayerLimits(), _ => { });
        using var stream = new LayerStream(new MemoryStream(blob), Digest.Sha256(blob));
        var error = Assert.Throws<LoamException>(() => applier.Apply(stream, Digest.Sha256(blob), Digest.Sha256(tar), CancellationToken.None));
        Assert.Equal((ErrorCodes.LayerDamaged, "second", "512"), (error.Code, error.Details["entry"], error.Details["offset"]));
        Assert.EndsWith(
            "the gzip data is truncated",
            error.Message.Replace(", damaged, or followed by other data", "", StringComparison.Ordinal),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Cancelling_ends_it_between_entries()
    {
        var layer = Tar().File("a").End();
        var applier = new LayerApplier(new TreeOverlay(new FileTree(), _ => { }), new MemorySink(), new LayerLimits(), _ => { });
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.Throws<OperationCanceledException>(() => applier.Apply(new MemoryStream(layer), Digest.Sha256(layer), Digest.Sha256(layer), stop.Token));
    }

    private static TarAuthor Tar() => new();

    private static LoamException Fail(TarAuthor layer) => Assert.Throws<LoamException>(() => Apply(new LayerLimits(), _ => { }, layer.End()));

    private static List<string> Apply(params TarAuthor[] layers) => Describe(Tree(layers));

    private static FileTree Tree(params TarAuthor[] layers) => Tree(_ => { }, layers);

    private static FileTree Tree(Action<string> warn, params TarAuthor[] layers) =>
        Apply(new LayerLimits(), warn, [.. layers.Select(layer => layer.End())]).Tree;

    private static (FileTree Tree, List<long> Lengths) Apply(LayerLimits limits, Action<string> warn, params byte[][] layers)
    {
        var tree = new FileTree();
        var applier = new LayerApplier(new TreeOverlay(tree, _ => { }), new MemorySink(), limits, warn);
        var lengths = new List<long>();
        foreach (var layer in layers)
        {
            lengths.Add(applier.Apply(new MemoryStream(layer), Digest.Sha256(layer), Digest.Sha256(layer), CancellationToken.None));
        }

        return (tree, lengths);
    }

    private static List<string> Describe(FileTree tree) =>
    [
        .. tree.Walk().Select(entry => entry.Path.ToString()[1..] + entry.Node switch
        {
            DirectoryNode => "/",
            RegularFileNode file => "=" + Encoding.Latin1.GetString(MemoryContent.Of(file)),
            SymlinkNode link => " -> " + TreePath.Display(link.Target.Span),
            SpecialNode special => string.Create(CultureInfo.InvariantCulture, $"|{special.Major}:{special.Minor}"),
            _ => "?",
        }),
    ];
}
