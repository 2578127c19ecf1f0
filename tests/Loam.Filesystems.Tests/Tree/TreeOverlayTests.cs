namespace Loam.Filesystems.Tests;

/// <summary>The rules of merging layers (OCI image-spec, <c>layer.md</c>), one by one.</summary>
public sealed class TreeOverlayTests
{
    private readonly List<RegularFileNode> _released = [];
    private readonly TreeOverlay _overlay;

    public TreeOverlayTests() => _overlay = new TreeOverlay(new FileTree(), _released.Add);

    private FileTree Tree => _overlay.Tree;

    [Fact]
    public void Layers_lie_one_over_the_other()
    {
        var lower = Layer("a", "d/b");
        var upper = Layer("d/b", "d/c");
        Assert.Equal("/a /d /d/b /d/c", Paths());
        Assert.Same(lower[0], Tree.Find("a"));
        Assert.Same(upper[0], Tree.Find("d/b"));
        Assert.Equal([lower[1]], _released);
    }

    [Fact]
    public void A_whiteout_hides_what_lower_layers_have_and_nothing_of_its_own()
    {
        var lower = Layer("a", "d/x", "d/y", "kept");
        _overlay.BeginLayer();
        var own = Put("d/y");
        _overlay.Whiteout(Path("a"));
        _overlay.Whiteout(Path("d"));
        _overlay.Whiteout(Path("d/y"));
        _overlay.Whiteout(Path("none"));
        _overlay.Whiteout(Path("none/below"));
        Assert.Equal("/d /d/y /kept", Paths());
        Assert.Same(own, Tree.Find("d/y"));
        Assert.Equal([lower[2], lower[0], lower[1]], _released);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_order_within_a_layer_means_nothing(bool whiteoutFirst)
    {
        Layer("d/old", "f");
        _overlay.BeginLayer();
        if (whiteoutFirst)
        {
            Hide();
        }

        var own = Put("d/new");
        var file = Put("f");
        if (!whiteoutFirst)
        {
            Hide();
        }

        Assert.Equal("/d /d/new /f", Paths());
        Assert.Same(own, Tree.Find("d/new"));
        Assert.Same(file, Tree.Find("f"));

        void Hide()
        {
            _overlay.MakeOpaque(Path("d"));
            _overlay.Whiteout(Path("f"));
        }
    }

    [Fact]
    public void A_layer_hides_in_the_next_layer_what_it_stated_in_the_one_before()
    {
        Layer("base");
        Layer("a");
        _overlay.BeginLayer();
        _overlay.Whiteout(Path("a"));
        Assert.Equal("/base", Paths());
    }

    [Fact]
    public void The_lowest_layer_has_nothing_to_hide()
    {
        _overlay.BeginLayer();
        Put("d/a");
        _overlay.Whiteout(Path("d/a"));
        _overlay.MakeOpaque(Path("d"));
        _overlay.Whiteout(Path("d"));
        Assert.Equal("/d /d/a", Paths());
    }

    [Fact]
    public void An_opaque_directory_keeps_what_its_own_layer_has_at_any_depth()
    {
        var lower = Layer("d/a", "d/e/b", "d/e/c", "d/f/g", "other");
        _overlay.BeginLayer();
        var own = Put("d/e/c");
        Put("d/h");
        _overlay.MakeOpaque(Path("d"));
        Assert.Equal("/d /d/e /d/e/c /d/h /other", Paths());
        Assert.Same(own, Tree.Find("d/e/c"));
        Assert.Equal(4, _released.Count);
        Assert.DoesNotContain(lower[4], _released);
    }

    [Fact]
    public void An_opaque_mark_makes_its_directory_and_may_stand_at_the_root()
    {
        Layer("a", "d/b");
        _overlay.BeginLayer();
        _overlay.MakeOpaque(Path("new/below"));
        _overlay.MakeOpaque(Path(""));
        Assert.Equal("/new /new/below", Paths());
    }

    [Fact]
    public void A_directory_that_a_layer_only_passes_through_loses_what_was_hidden_of_it()
    {
        _overlay.BeginLayer();
        _overlay.PutDirectory(Path("d"), Trees.Folder with { Uid = 7 });
        _overlay.PutDirectory(Path("stated"), Trees.Folder with { Uid = 7 });
        Put("d/old");
        _overlay.BeginLayer();
        Put("d/new");
        _overlay.PutDirectory(Path("stated"), Trees.Folder with { Uid = 8 });
        _overlay.Whiteout(Path("d"));
        _overlay.Whiteout(Path("stated"));
        Assert.Equal("/d /d/new /stated", Paths());
        Assert.Equal(Metadata.ImpliedDirectory, Tree.Find("d")!.Metadata);
        Assert.Equal(8u, Tree.Find("stated")!.Metadata.Uid);
    }

    [Fact]
    public void Metadata_of_a_directory_are_those_of_the_last_layer_that_names_it()
    {
        _overlay.BeginLayer();
        Put("d/e/f");
        Assert.Equal(Metadata.ImpliedDirectory, Tree.Find("d/e")!.Metadata);
        _overlay.PutDirectory(Path("d/e"), Trees.Folder with { Gid = 5 });
        _overlay.PutDirectory(Path(""), Trees.Folder with { Gid = 6 });
        _overlay.BeginLayer();
        Put("d/e/g");
        Assert.Equal((5u, 6u), (Tree.Find("d/e")!.Metadata.Gid, Tree.Root.Metadata.Gid));
        Assert.Equal("/d /d/e /d/e/f /d/e/g", Paths());
    }

    [Fact]
    public void A_file_takes_a_directorys_place_and_a_directory_a_files()
    {
        var lower = Layer("d/a", "d/e/b", "f");
        _overlay.BeginLayer();
        Put("d");
        _overlay.PutDirectory(Path("f"), Trees.Folder);
        Assert.Equal("/d /f", Paths());
        Assert.IsType<RegularFileNode>(Tree.Find("d"));
        Assert.IsType<DirectoryNode>(Tree.Find("f"));
        Assert.Equal(lower.ToHashSet(), _released.ToHashSet());
    }

    [Fact]
    public void A_file_is_released_with_its_last_name()
    {
        Layer("d/a");
        _overlay.BeginLayer();
        _overlay.Link(Path("b"), Path("d/a"));
        _overlay.Link(Path("c"), Path("b"));
        var file = Assert.IsType<RegularFileNode>(Tree.Find("b"));
        Assert.Equal(3, file.LinkCount);
        _overlay.BeginLayer();
        _overlay.Whiteout(Path("d"));
        _overlay.Whiteout(Path("b"));
        Assert.Empty(_released);
        Put("c");
        Assert.Equal([file], _released);
        Assert.Equal(0, file.LinkCount);
    }

    [Fact]
    public void A_further_name_that_its_own_layer_states_is_not_hidden()
    {
        Layer("a", "b");
        _overlay.BeginLayer();
        _overlay.Link(Path("b"), Path("a"));
        _overlay.Whiteout(Path("a"));
        _overlay.Whiteout(Path("b"));
        Assert.Equal("/b", Paths());
    }

    [Fact]
    public void Paths_lead_through_links_and_never_out()
    {
        _overlay.BeginLayer();
        _overlay.PutDirectory(Path("real"), Trees.Folder);
        _overlay.Put(Path("abs"), Trees.Link("/real"));
        _overlay.Put(Path("up"), Trees.Link("../../../real"));
        _overlay.Put(Path("dangling"), Trees.Link("made/here"));
        Put("abs/a");
        Put("up/b");
        Put("dangling/c");
        _overlay.PutDirectory(Path("abs/d"), Trees.Folder);
        _overlay.Link(Path("e"), Path("up/a"));
        Assert.Equal("/abs /dangling /e /made /made/here /made/here/c /real /real/a /real/b /real/d /up", Paths());
        _overlay.BeginLayer();
        _overlay.Whiteout(Path("abs/a"));
        _overlay.MakeOpaque(Path("dangling"));
        Assert.Equal("/abs /dangling /e /made /made/here /real /real/b /real/d /up", Paths());

        // The last name is the link's own.
        Put("abs");
        Assert.IsType<RegularFileNode>(Tree.Find("abs"));
        _overlay.PutDirectory(Path("up"), Trees.Folder);
        Assert.IsType<DirectoryNode>(Tree.Find("up"));
    }

    [Fact]
    public void What_cannot_be_is_an_error()
    {
        Layer("file", "d/x");
        _overlay.Put(Path("loop"), Trees.Link("loop"));
        AssertFails(FilesystemError.NotADirectory, () => Put("file/below"));
        AssertFails(FilesystemError.NotADirectory, () => _overlay.MakeOpaque(Path("file")));
        AssertFails(FilesystemError.NotADirectory, () => Put(""));
        AssertFails(FilesystemError.TooManySymlinks, () => Put("loop/below"));
        AssertFails(FilesystemError.NotFound, () => _overlay.Link(Path("new"), Path("none")));
        AssertFails(FilesystemError.NotFound, () => _overlay.Link(Path("new"), Path("file/below")));
        AssertFails(FilesystemError.IsADirectory, () => _overlay.Link(Path("new"), Path("d")));
        AssertFails(FilesystemError.IsADirectory, () => _overlay.Link(Path("new"), Path("")));
        Assert.Throws<ArgumentNullException>(() => _overlay.Put(Path("x"), null!));
        Assert.Equal("/d /d/x /file /loop", Paths());
    }

    [Fact]
    public void Directories_may_nest_to_the_limit()
    {
        _overlay.BeginLayer();
        var deepest = string.Concat(Enumerable.Repeat("d/", FileTree.MaximumDepth - 1));
        Put(deepest + "f");
        _overlay.Put(Path("link"), Trees.Link(deepest));
        Put("link/g");
        AssertFails(FilesystemError.TooDeep, () => Put("link/d/f"));
    }

    private static TreePath Path(string path) => TreePath.Parse(path);

    private static void AssertFails(FilesystemError error, Action act) => Assert.Equal(error, Assert.Throws<FilesystemException>(act).Error);

    private RegularFileNode Put(string path)
    {
        var file = Trees.File();
        _overlay.Put(Path(path), file);
        return file;
    }

    private RegularFileNode[] Layer(params string[] paths)
    {
        _overlay.BeginLayer();
        return [.. paths.Select(Put)];
    }

    private string Paths() => string.Join(' ', Trees.Paths(Tree));
}
