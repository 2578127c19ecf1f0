using System.Text;

namespace Loam.Filesystems.Tests;

public sealed class FileTreeTests
{
    [Theory]
    [InlineData("/", "/")]
    [InlineData("", "/")]
    [InlineData("a/f", "/a/f")]
    [InlineData("//a/./f", "/a/f")]
    [InlineData("a/../a/f", "/a/f")]
    [InlineData("../../a/f", "/a/f")]
    [InlineData("link/f", "/a/f")]
    [InlineData("abs/f", "/a/f")]
    [InlineData("a/rel/f", "/a/f")]
    [InlineData("a/out/a/f", "/a/f")]
    [InlineData("chain", "/a/f")]
    [InlineData("link/..", "/")]
    [InlineData("a/f/", "/a/f")]
    [InlineData("a/f/x", null)]
    [InlineData("a/f/..", null)]
    [InlineData("none", null)]
    [InlineData("none/..", null)]
    [InlineData("dangling", null)]
    public void Paths_are_resolved_as_in_a_chroot(string path, string? expected)
    {
        var tree = Trees.Of(
            ("a/f", Trees.File()),
            ("a/rel", Trees.Link("../a")),
            ("a/out", Trees.Link("../../..")),
            ("link", Trees.Link("a")),
            ("abs", Trees.Link("/a")),
            ("chain", Trees.Link("link2")),
            ("link2", Trees.Link("abs/f")),
            ("dangling", Trees.Link("none")));
        Assert.Equal(expected is null ? null : tree.Find(expected), tree.Resolve(path));
        Assert.Equal(expected is null ? null : tree.Find(expected), tree.Resolve(Encoding.UTF8.GetBytes(path)));
    }

    [Fact]
    public void The_last_link_is_followed_or_not()
    {
        var tree = Trees.Of(("a/f", Trees.File()), ("a/link", Trees.Link("f")), ("dir", Trees.Link("a")));
        Assert.Same(tree.Find("a/f"), tree.Resolve("dir/link"));
        Assert.Same(tree.Find("a/link"), tree.Resolve("dir/link", followLast: false));
        Assert.Same(tree.Find("dir"), tree.Resolve("dir/", followLast: false));
    }

    [Fact]
    public void Forty_links_may_be_followed_and_no_more()
    {
        var tree = Trees.Of(("l0", Trees.File()));
        for (var i = 1; i <= 41; i++)
        {
            tree.Put($"l{i}", Trees.Link($"l{i - 1}"));
        }

        Assert.Same(tree.Find("l0"), tree.Resolve("l40"));
        Assert.Equal(FilesystemError.TooManySymlinks, Assert.Throws<FilesystemException>(() => tree.Resolve("l41")).Error);
    }

    [Fact]
    public void Finding_follows_no_link()
    {
        var tree = Trees.Of(("a/f", Trees.File()), ("link", Trees.Link("a")));
        Assert.IsType<SymlinkNode>(tree.Find("link"));
        Assert.Null(tree.Find("link/f"));
        Assert.Null(tree.Find("a/f/x"));
        Assert.Same(tree.Root, tree.Find("/"));
        Assert.Same(tree.Find(TreePath.Parse("a/f")), tree.Get("/a/f"));
        Assert.Equal(FilesystemError.NotFound, Assert.Throws<FilesystemException>(() => tree.Get("none")).Error);
    }

    [Fact]
    public void Walking_goes_in_byte_order_parents_first_and_once_a_name()
    {
        var file = Trees.File();
        var tree = Trees.Of(("b/z", file), ("b/a", Trees.File()), ("a", file), ("b-", Trees.File()), ("B", Trees.File()));
        tree.Root.Set([0xFF], Trees.File());
        Assert.Equal("/B /a /b /b/a /b/z /b- /\\xff", string.Join(' ', Trees.Paths(tree)));
        Assert.Equal("/a", tree.PathOf(file).ToString());
    }

    [Fact]
    public void Putting_makes_what_is_missing_and_nothing_else()
    {
        var tree = new FileTree();
        var file = Trees.File();
        Assert.Null(tree.Put("/usr/bin/env", file));
        Assert.Null(tree.Put("bin", Trees.Link("usr/bin")));
        Assert.Equal(Metadata.ImpliedDirectory, tree.Get("usr/bin").Metadata);
        Assert.Same(file, tree.Put(TreePath.Parse("usr/bin/env"), Trees.Link("x")));
        Assert.Equal("/bin /usr /usr/bin /usr/bin/env", string.Join(' ', Trees.Paths(tree)));
        AssertFails(FilesystemError.NotADirectory, () => tree.Put("bin/sh", file));
        AssertFails(FilesystemError.NotADirectory, () => tree.Put("/", file));
        AssertFails(FilesystemError.PathEscapesRoot, () => tree.Put("../x", file));
        Assert.Throws<ArgumentNullException>(() => tree.Put("x", null!));
        Assert.Throws<ArgumentNullException>(() => tree.Put((string)null!, file));
    }

    [Fact]
    public void Directories_may_nest_to_the_limit()
    {
        var tree = new FileTree();
        var deepest = string.Concat(Enumerable.Repeat("d/", FileTree.MaximumDepth - 1));
        tree.Put(deepest + "f", Trees.File());
        AssertFails(FilesystemError.TooDeep, () => tree.Put(deepest + "d", new DirectoryNode(Trees.Folder)));
        tree.Root.Set("long"u8, new DirectoryNode(Trees.Folder));
        Assert.NotNull(tree.Resolve(deepest + "f"));
        ((DirectoryNode)tree.Resolve(deepest)!).Set("d"u8, new DirectoryNode(Trees.Folder));
        AssertFails(FilesystemError.TooDeep, () => tree.Resolve(deepest + "d"));
    }

    [Fact]
    public void The_roots_metadata_can_be_set()
    {
        var tree = new FileTree();
        Assert.Equal((Metadata.ImpliedDirectory, 1), (tree.Root.Metadata, tree.Root.LinkCount));
        tree.Root.Metadata = Trees.Folder;
        Assert.Equal(Trees.Folder, tree.Find("/")!.Metadata);
    }

    private static void AssertFails(FilesystemError error, Action act) => Assert.Equal(error, Assert.Throws<FilesystemException>(act).Error);
}
