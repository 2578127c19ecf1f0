using System.Text;
using Loam.TestKit;

namespace Loam.Filesystems.Tests;

/// <summary>Trees written as files of this machine, shown by find, stat and getfattr.</summary>
public sealed class FolderWriterTests
{
    [Fact]
    public void A_folder_comes_back_as_it_was_read()
    {
        KernelDisk.Require();
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["source"]);
        Tools.Check("bash", "-c", $"set -euo pipefail; cd '{folder["source"]}'; {KernelDisk.Everything}; mkdir -m 0500 shut; touch shut/x; chmod 3711 .");
        using var reader = FolderReader.Open(folder["source"]);
        var tree = reader.ReadTree(TestContext.Current.CancellationToken);
        var written = FolderWriter.Write(tree, folder["copy"], reader.OpenContent, cancellationToken: TestContext.Current.CancellationToken);
        var expected = TreeListing.Of(folder["source"]);
        TreeListing.AssertSame(expected, TreeListing.Of(folder["copy"]));
        Assert.Equal(new FolderWriteSummary(expected.Count, 0, 0, 0), written);
        Assert.InRange(DiskCopy.StoredBytes(folder["copy/hole"]), 1, 1 << 20);
    }

    [Fact]
    public void What_is_there_is_never_replaced_and_nothing_half_written_stays()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["file"], "mine");
        File.CreateSymbolicLink(folder["link"], folder["elsewhere"]);
        var tree = Trees.Of(("a", Trees.File("new")));
        foreach (var name in (string[])["file", "link", "none/below"])
        {
            Assert.ThrowsAny<IOException>(() => FolderWriter.Write(tree, folder[name], Trees.Open, cancellationToken: TestContext.Current.CancellationToken));
        }

        // What comes while the tree is written stays too.
        Assert.Throws<IOException>(() => FolderWriter.Write(
            tree,
            folder["late"],
            file =>
            {
                File.WriteAllText(folder["late"], "mine");
                return Trees.Open(file);
            },
            cancellationToken: TestContext.Current.CancellationToken));
        Assert.Equal("mine", File.ReadAllText(folder["late"]));

        // Even what a rename alone would replace: an empty folder by a folder, a file by a file.
        Assert.Throws<IOException>(() => FolderWriter.Write(
            tree,
            folder["empty"],
            file =>
            {
                Directory.CreateDirectory(folder["empty"]);
                return Trees.Open(file);
            },
            cancellationToken: TestContext.Current.CancellationToken));
        Directory.Delete(folder["empty"]);
        Assert.Throws<IOException>(() => FolderWriter.Write(
            tree.Get("a"),
            folder["late"],
            Trees.Open,
            cancellationToken: TestContext.Current.CancellationToken));
        File.Delete(folder["late"]);
        Assert.Throws<IOException>(() => FolderWriter.Write(
            tree.Get("a"),
            folder["late"],
            file =>
            {
                File.WriteAllText(folder["late"], "mine");
                return Trees.Open(file);
            },
            cancellationToken: TestContext.Current.CancellationToken));
        Assert.Equal("mine", File.ReadAllText(folder["late"]));
        Assert.Throws<EndOfStreamException>(() => FolderWriter.Write(tree, folder["short"], _ => new MemoryStream(new byte[2])));
        Assert.Throws<OperationCanceledException>(() => FolderWriter.Write(tree, folder["cancelled"], Trees.Open, null, new CancellationToken(canceled: true)));
        Assert.Equal(["file", "late", "link"], Directory.EnumerateFileSystemEntries(folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal("mine", File.ReadAllText(folder["file"]));
    }

    [Fact]
    public void A_link_that_takes_a_folders_place_meanwhile_leads_nowhere()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["outside"]);
        var tree = Trees.Of(("a", Trees.File("first")), ("d/b", Trees.File("second")), ("z", Trees.File("last")));
        Assert.ThrowsAny<IOException>(() => FolderWriter.Write(
            tree,
            folder["new"],
            file =>
            {
                // The folder is made only after this file, or is there already: a link takes its place either way.
                var place = Path.Combine(Assert.Single(Directory.EnumerateDirectories(folder.Path, ".*.tmp")), "d");
                if (Directory.Exists(place) && new DirectoryInfo(place).LinkTarget is null)
                {
                    Directory.Delete(place);
                }

                File.CreateSymbolicLink(place, folder["outside"]);
                return Trees.Open(file);
            },
            cancellationToken: TestContext.Current.CancellationToken));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder["outside"]));
        Assert.Equal(["outside"], Directory.EnumerateFileSystemEntries(folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void Any_node_can_be_written_alone()
    {
        using var folder = new TemporaryFolder();
        FolderWriter.Write(Trees.File("hello"), folder["file"], Trees.Open, cancellationToken: TestContext.Current.CancellationToken);
        FolderWriter.Write(Trees.Link("nowhere"), folder["link"], Trees.Open, cancellationToken: TestContext.Current.CancellationToken);
        FolderWriter.Write(Trees.Of(("x", Trees.File("y"))).Root, folder["d"] + "/", Trees.Open, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal("hello", File.ReadAllText(folder["file"]));
        Assert.Equal("nowhere", new FileInfo(folder["link"]).LinkTarget);
        Assert.Equal("y", File.ReadAllText(folder["d/x"]));
        var none = FolderWriter.Write(
            new SpecialNode(Trees.Plain, SpecialKind.Fifo, 0, 0),
            folder["pipe"],
            Trees.Open,
            new FolderWriteOptions { KeepSpecialFiles = false },
            TestContext.Current.CancellationToken);
        Assert.Equal((new FolderWriteSummary(0, 0, 0, 1), false), (none, Path.Exists(folder["pipe"])));
    }

    [Fact]
    public void What_is_not_to_be_kept_is_not()
    {
        KernelDisk.Require();
        using var folder = new TemporaryFolder();
        var metadata = Trees.Plain with
        {
            Permissions = 0b111_111_101_101,
            Uid = 12,
            Gid = 34,
            XAttrs = XAttrs.Create([new XAttr("user.x", new byte[] { 1 })]),
        };
        var tree = Trees.Of(("a", Trees.File("x", metadata)), ("null", new SpecialNode(Trees.Plain, SpecialKind.CharacterDevice, 1, 3)));
        var plain = new FolderWriteOptions { KeepOwners = false, KeepXAttrs = false, KeepSpecialFiles = false };
        Assert.Equal(new FolderWriteSummary(2, 0, 0, 1), FolderWriter.Write(tree, folder["plain"], Trees.Open, plain, TestContext.Current.CancellationToken));
        Assert.Equal("1755 0:0\n", Tools.Check("stat", "-c", "%a %u:%g", folder["plain/a"]));
        Assert.Empty(Tools.Check("getfattr", "-d", "-m", "-", folder["plain/a"]));
        FolderWriter.Write(tree, folder["all"], Trees.Open, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal("7755 12:34\n", Tools.Check("stat", "-c", "%a %u:%g", folder["all/a"]));
        Assert.Contains("user.x", Tools.Check("getfattr", "-d", folder["all/a"]), StringComparison.Ordinal);
        Assert.Equal("character special file 1:3\n", Tools.Check("stat", "-c", "%F %t:%T", folder["all/null"]));
    }

    [Fact]
    public void Without_root_what_only_root_may_do_is_counted()
    {
        using var folder = new TemporaryFolder();
        var mine = Trees.Plain with { Permissions = 0b100_111_101_101, Uid = UnprivilegedThread.Nobody, Gid = UnprivilegedThread.Nobody };
        var tree = Trees.Of(
            ("foreign", Trees.File("x", mine with { Uid = 12 })),
            ("own", Trees.File("x", mine)),
            ("trusted", Trees.File(
                "x", mine with { XAttrs = XAttrs.Create([new XAttr("trusted.t", new byte[] { 1 }), new XAttr("user.u", new byte[] { 1 })]) })),
            ("null", new SpecialNode(mine, SpecialKind.CharacterDevice, 1, 3)),
            ("pipe", new SpecialNode(mine, SpecialKind.Fifo, 0, 0)),
            ("shut/below/file", Trees.File("deep", mine)));
        tree.Root.Metadata = mine with { Permissions = 0b111_101_101 };
        foreach (var path in (string[])["shut/below", "shut"])
        {
            tree.Find(TreePath.Parse(path))!.Metadata = mine with { Permissions = 0 };
        }

        File.SetUnixFileMode(folder.Path, (UnixFileMode)0b111_111_111);
        UnprivilegedThread.Run(() =>
            Assert.Equal(new FolderWriteSummary(8, 1, 1, 1), FolderWriter.Write(tree, folder["new"], Trees.Open, cancellationToken: CancellationToken.None)));
        string Mode(string name) => Tools.Check("stat", "-c", "%a %u", folder[name]).Trim();
        Assert.Equal(
            ("755 65534", "4755 65534", "0 65534", "0 65534", "4755 65534"),
            (Mode("new/foreign"), Mode("new/own"), Mode("new/shut"), Mode("new/shut/below"), Mode("new/pipe")));
        Assert.Equal("deep", File.ReadAllText(folder["new/shut/below/file"]));
        UnprivilegedThread.Run(() => FolderWriter.Remove(folder["new"]));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Attributes_that_Linux_gives_only_files_and_folders_are_left_out_elsewhere()
    {
        Tools.RequireRoot();
        using var folder = new TemporaryFolder();
        var metadata = Trees.Plain with { XAttrs = XAttrs.Create([new XAttr("user.x", new byte[] { 1 }), new XAttr("trusted.t", new byte[] { 2 })]) };
        var tree = Trees.Of(("link", new SymlinkNode(metadata, "x"u8.ToArray())), ("d/f", Trees.File("x", metadata)));
        tree.Root.Find("d"u8)!.Metadata = metadata with { Permissions = 0b111_000_000 };
        var written = FolderWriter.Write(tree, folder["new"], Trees.Open, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal((1, 1), (written.XAttrsLeftOut, written.LeftOut));
        using var reader = FolderReader.Open(folder["new"]);
        var read = reader.ReadTree(TestContext.Current.CancellationToken);
        Assert.Equal("trusted.t=02", read.Root.Find("link"u8)!.Metadata.XAttrs.ToString());
        Assert.Equal("trusted.t=02 user.x=01", read.Root.Find("d"u8)!.Metadata.XAttrs.ToString());
    }

    [Fact]
    public void Removing_takes_any_name_and_follows_no_link()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["kept"]);
        File.WriteAllText(folder["kept/file"], "mine");
        Tools.Check("bash", "-c", $"cd '{folder.Path}'; mkdir -p gone/d/e; ln -s ../../kept gone/d/link; touch gone/d/$'\\xff'; ln -s kept link");
        FolderWriter.Remove(folder["gone"]);
        FolderWriter.Remove(folder["link"]);
        FolderWriter.Remove(folder["none"]);
        Assert.Equal(["kept"], Directory.EnumerateFileSystemEntries(folder.Path).Select(Path.GetFileName));
        Assert.Equal("mine", File.ReadAllText(folder["kept/file"]));
        Assert.Throws<IOException>(() => FolderWriter.Remove("/"));
        Assert.Throws<ArgumentNullException>(() => FolderWriter.Remove(null!));
    }

    [Fact]
    public void Null_is_refused_by_name()
    {
        Assert.Throws<ArgumentNullException>("tree", () => FolderWriter.Write((FileTree)null!, "x", Trees.Open));
        Assert.Throws<ArgumentNullException>("node", () => FolderWriter.Write((FileNode)null!, "x", Trees.Open));
        Assert.Throws<ArgumentNullException>("openContent", () => FolderWriter.Write(new FileTree(), "x", null!));
        Assert.Throws<ArgumentNullException>("path", () => FolderWriter.Write(Trees.File(), null!, Trees.Open));
    }
}
