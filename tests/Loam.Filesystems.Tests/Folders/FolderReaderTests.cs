using System.Text;
using Loam.TestKit;

namespace Loam.Filesystems.Tests;

/// <summary>Folders of this machine read as trees, compared with what find, stat and getfattr show of them.</summary>
public sealed class FolderReaderTests
{
    [Fact]
    public void Whatever_is_in_a_folder_is_read_as_its_tools_show_it()
    {
        KernelDisk.Require();
        using var folder = new TemporaryFolder();
        Make(folder, KernelDisk.Everything + "; chmod 0 empty; mkdir -m 0 closed; mkdir -m 6755 set; touch $'not\\xfftext'; chown 12:34 set dir");
        using var reader = FolderReader.Open(folder["source"]);
        var read = TreeDescription.Of(reader.ReadTree(TestContext.Current.CancellationToken), reader.OpenContent);
        TreeListing.AssertSame(TreeListing.Of(folder["source"]), read);
        Assert.Empty(reader.Warnings);
    }

    [Fact]
    public void Links_are_read_and_never_followed()
    {
        using var folder = new TemporaryFolder();
        Make(folder, "ln -s nowhere dangling; ln -s loop loop; ln -s / root; mkdir d; ln -s ../d d/up; ln -s /etc/passwd file");
        using var reader = FolderReader.Open(folder["source"]);
        var tree = reader.ReadTree(TestContext.Current.CancellationToken);
        Assert.Equal(["/d", "/d/up", "/dangling", "/file", "/loop", "/root"], Trees.Paths(tree));
        Assert.Equal("nowhere"u8.ToArray(), ((SymlinkNode)tree.Root.Find("dangling"u8)!).Target.ToArray());
        Assert.Equal("/"u8.ToArray(), ((SymlinkNode)tree.Root.Find("root"u8)!).Target.ToArray());
    }

    [Fact]
    public void The_folder_itself_may_be_a_link()
    {
        using var folder = new TemporaryFolder();
        Make(folder, "touch a");
        File.CreateSymbolicLink(folder["link"], folder["source"]);
        using var reader = FolderReader.Open(folder["link"]);
        Assert.Equal(["/a"], Trees.Paths(reader.ReadTree(TestContext.Current.CancellationToken)));
    }

    [Fact]
    public void Names_of_one_file_lead_to_one_node_and_those_of_another_file_system_do_not()
    {
        using var folder = new TemporaryFolder();
        Make(folder, "mkdir d; echo x > a; ln a d/b; ln a c; echo y > alone");
        using var reader = FolderReader.Open(folder["source"]);
        var root = reader.ReadTree(TestContext.Current.CancellationToken).Root;
        var node = root.Find("a"u8)!;
        Assert.Same(node, ((DirectoryNode)root.Find("d"u8)!).Find("b"u8));
        Assert.Same(node, root.Find("c"u8));
        Assert.Equal((3, 1), (node.LinkCount, root.Find("alone"u8)!.LinkCount));
    }

    [Theory]
    [InlineData("*.o", "/a /a/b /a/b/src /a/obj /a/obj/y.c /tmp /tmp/sub /tmp/sub/z /x")]
    [InlineData("obj/", "/a /a/b /a/b/src /a/x.o /tmp /tmp/sub /tmp/sub/z /x /x.o")]
    [InlineData("x.o/", "/a /a/b /a/b/src /a/obj /a/obj/y.c /a/x.o /tmp /tmp/sub /tmp/sub/z /x /x.o")]
    [InlineData("/x.o", "/a /a/b /a/b/src /a/obj /a/obj/y.c /a/x.o /tmp /tmp/sub /tmp/sub/z /x")]
    [InlineData("tmp/*", "/a /a/b /a/b/src /a/obj /a/obj/y.c /a/x.o /tmp /x /x.o")]
    [InlineData("a/**/src", "/a /a/b /a/obj /a/obj/y.c /a/x.o /tmp /tmp/sub /tmp/sub/z /x /x.o")]
    [InlineData("**/z", "/a /a/b /a/b/src /a/obj /a/obj/y.c /a/x.o /tmp /tmp/sub /x /x.o")]
    [InlineData("?", "/tmp /tmp/sub /x.o")]
    [InlineData("*", "")]
    public void What_is_excluded_is_left_out_with_all_below_it(string pattern, string left)
    {
        using var folder = new TemporaryFolder();
        Make(folder, "mkdir -p a/b a/obj tmp/sub; touch a/b/src a/obj/y.c a/x.o tmp/sub/z x x.o");
        using var reader = FolderReader.Open(folder["source"], new FolderReadOptions { Excludes = ["nothing", pattern] });
        Assert.Equal(left, string.Join(' ', Trees.Paths(reader.ReadTree(TestContext.Current.CancellationToken))));
    }

    [Fact]
    public void Files_can_become_roots_and_lose_their_attributes()
    {
        KernelDisk.Require();
        using var folder = new TemporaryFolder();
        Make(folder, "touch a; chown 5:6 a; setfattr -n user.x -v y a");
        using var kept = FolderReader.Open(folder["source"]);
        var metadata = kept.ReadTree(TestContext.Current.CancellationToken).Root.Find("a"u8)!.Metadata;
        Assert.Equal((5u, 6u, "user.x=79"), (metadata.Uid, metadata.Gid, metadata.XAttrs.ToString()));
        using var reader = FolderReader.Open(folder["source"], new FolderReadOptions { OwnedByRoot = true, KeepXAttrs = false });
        metadata = reader.ReadTree(TestContext.Current.CancellationToken).Root.Find("a"u8)!.Metadata;
        Assert.Equal((0u, 0u, ""), (metadata.Uid, metadata.Gid, metadata.XAttrs.ToString()));
    }

    [Fact]
    public void Attributes_of_any_length_are_read_and_what_has_no_text_is_left_out_with_a_warning()
    {
        KernelDisk.Require();
        using var folder = new TemporaryFolder();
        Make(folder, """
            touch a b; for i in $(seq 20); do setfattr -n user.attribute-with-a-long-name-$i -v $i a; done
            setfattr -n user.large -v "$(head -c 3000 /dev/zero | tr '\0' v)" b; setfattr -n user.$'\xff' -v odd a
            """);
        using var reader = FolderReader.Open(folder["source"]);
        var root = reader.ReadTree(TestContext.Current.CancellationToken).Root;
        var attributes = root.Find("a"u8)!.Metadata.XAttrs;
        Assert.Equal(20, attributes.Items.Count);
        Assert.Equal(3000, root.Find("b"u8)!.Metadata.XAttrs.Find("user.large")!.Value.Length);
        Assert.Equal("7"u8.ToArray(), attributes.Find("user.attribute-with-a-long-name-7")!.Value.ToArray());
        Assert.Equal("/a: the attribute \"user.\\xff\" was left out", Assert.Single(reader.Warnings));
    }

    [Fact]
    public void One_name_can_be_read_alone()
    {
        using var folder = new TemporaryFolder();
        Make(folder, "mkdir -p d/e; echo hello > d/e/f; ln -s nowhere link; echo x > other");
        using var reader = FolderReader.Open(folder["source"]);
        var directory = Assert.IsType<DirectoryNode>(reader.ReadNode("d"u8, TestContext.Current.CancellationToken));
        var file = (RegularFileNode)((DirectoryNode)directory.Find("e"u8)!).Find("f"u8)!;
        using var content = new StreamReader(reader.OpenContent(file));
        Assert.Equal("hello\n", content.ReadToEnd());
        Assert.IsType<SymlinkNode>(reader.ReadNode("link"u8, TestContext.Current.CancellationToken));
        Assert.Null(reader.ReadNode("none"u8, TestContext.Current.CancellationToken));
        foreach (var name in (string[])["..", ".", "", "d/e", "a\0b"])
        {
            var error = Assert.Throws<FilesystemException>(() => reader.ReadNode(Encoding.UTF8.GetBytes(name), TestContext.Current.CancellationToken));
            Assert.Equal(FilesystemError.InvalidName, error.Error);
        }
    }

    [Fact]
    public void Holes_are_known_and_read_as_zeros()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["source"]);
        using (var file = File.OpenHandle(folder["source/f"], FileMode.CreateNew, FileAccess.Write))
        {
            RandomAccess.Write(file, TestImage.Noise(8192, 1), 1 << 20);
            RandomAccess.Write(file, TestImage.Noise(100, 2), 3 << 20);
            RandomAccess.SetLength(file, 5 << 20);
        }

        using var reader = FolderReader.Open(folder["source"]);
        using var content = reader.OpenContent((RegularFileNode)reader.ReadTree(TestContext.Current.CancellationToken).Root.Find("f"u8)!);
        Assert.Equal([new DataRange(1 << 20, 8192), new DataRange(3 << 20, 4096)], content.DataRanges);
        using var copy = new MemoryStream();
        content.CopyTo(copy);
        Assert.Equal(File.ReadAllBytes(folder["source/f"]), copy.ToArray());
    }

    [Fact]
    public void A_file_that_is_no_longer_what_it_was_is_an_error()
    {
        using var folder = new TemporaryFolder();
        Make(folder, "for i in replaced pipe link gone shorter longer; do echo content > $i; done; mkdir d; echo deep > d/moved");
        using var reader = FolderReader.Open(folder["source"]);
        var root = reader.ReadTree(TestContext.Current.CancellationToken).Root;
        RegularFileNode File(string name) => (RegularFileNode)root.Find(Encoding.UTF8.GetBytes(name))!;
        Tools.Check(
            "bash",
            "-c",
            $"cd '{folder["source"]}'; cp replaced new; mv new replaced; rm pipe; mkfifo pipe; ln -sf /etc/passwd link; "
            + "rm gone; : > shorter; echo more >> longer; mv d e; ln -s e d");
        Assert.Throws<IOException>(() => reader.OpenContent(File("replaced")));
        Assert.Throws<IOException>(() => reader.OpenContent(File("pipe")));
        Assert.Throws<IOException>(() => reader.OpenContent(File("link")));
        Assert.Throws<FileNotFoundException>(() => reader.OpenContent(File("gone")));
        Assert.Throws<IOException>(() => reader.OpenContent((RegularFileNode)((DirectoryNode)root.Find("d"u8)!).Find("moved"u8)!));
        using var shorter = reader.OpenContent(File("shorter"));
        Assert.Throws<IOException>(() => shorter.ReadByte());
        using var longer = new StreamReader(reader.OpenContent(File("longer")));
        Assert.Equal("content\n", longer.ReadToEnd());
    }

    [Fact]
    public void Contents_are_opened_by_who_read_them()
    {
        using var folder = new TemporaryFolder();
        Make(folder, "echo a > a");
        using var one = FolderReader.Open(folder["source"]);
        using var other = FolderReader.Open(folder["source"]);
        var file = (RegularFileNode)one.ReadTree(TestContext.Current.CancellationToken).Root.Find("a"u8)!;
        Assert.Throws<ArgumentException>(() => other.OpenContent(file));
        Assert.Throws<ArgumentException>(() => one.OpenContent(Trees.File("x")));
        Assert.Throws<ArgumentNullException>(() => one.OpenContent(null!));
        Assert.Throws<ArgumentNullException>(() => FolderReader.Open(null!));
        Assert.Throws<FileNotFoundException>(() => FolderReader.Open(folder["none"]));
        Assert.Throws<IOException>(() => FolderReader.Open(folder["source/a"]));
        Assert.Throws<ArgumentException>(() => FolderReader.Open(folder["source"], new FolderReadOptions { Excludes = ["/"] }));
    }

    [Fact]
    public void Folders_deeper_than_a_tree_may_be_are_refused()
    {
        Tools.Require("python3");
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["source"]);
        Nest(folder["source"], FileTree.MaximumDepth - 1);
        using (var reader = FolderReader.Open(folder["source"]))
        {
            Assert.Equal(FileTree.MaximumDepth - 1, Trees.Paths(reader.ReadTree(TestContext.Current.CancellationToken)).Count());
        }

        FolderWriter.Remove(folder["source"]);
        Assert.False(Directory.Exists(folder["source"]));
        Directory.CreateDirectory(folder["source"]);
        Nest(folder["source"], FileTree.MaximumDepth);
        using (var reader = FolderReader.Open(folder["source"]))
        {
            var error = Assert.Throws<FilesystemException>(() => reader.ReadTree(TestContext.Current.CancellationToken));
            Assert.Equal(FilesystemError.TooDeep, error.Error);
        }

        FolderWriter.Remove(folder["source"]);
    }

    [Fact]
    public void Whoever_is_shut_out_is_told_or_makes_files_readable()
    {
        KernelDisk.Require();
        using var folder = new TemporaryFolder();
        Make(folder, $"mkdir -p d/e; echo x > d/e/f; echo y > g; chmod 0 d/e/f g d/e d; chown -R {UnprivilegedThread.Nobody}:{UnprivilegedThread.Nobody} .");
        File.SetUnixFileMode(folder.Path, (UnixFileMode)0b111_101_101);
        UnprivilegedThread.Run(() =>
        {
            using var shutOut = FolderReader.Open(folder["source"]);
            Assert.Throws<UnauthorizedAccessException>(() => shutOut.ReadTree(CancellationToken.None));
            using var reader = FolderReader.Open(folder["source"], new FolderReadOptions { MakeReadable = true });
            var tree = reader.ReadTree(CancellationToken.None);
            Assert.Equal(["/d", "/d/e", "/d/e/f", "/g"], Trees.Paths(tree));
            Assert.All(tree.Walk(), entry => Assert.Equal(0, entry.Node.Metadata.Permissions));
            using var content = new StreamReader(reader.OpenContent((RegularFileNode)tree.Root.Find("g"u8)!));
            Assert.Equal("y\n", content.ReadToEnd());
        });
    }

    [Fact]
    public void Reading_ends_when_it_is_told_to()
    {
        using var folder = new TemporaryFolder();
        Make(folder, "touch a");
        using var reader = FolderReader.Open(folder["source"]);
        Assert.Throws<OperationCanceledException>(() => reader.ReadTree(new CancellationToken(canceled: true)));
    }

    private static void Make(TemporaryFolder folder, string script)
    {
        Directory.CreateDirectory(folder["source"]);
        Tools.Check("bash", "-c", $"set -euo pipefail; cd '{folder["source"]}'; {script}");
    }

    private static void Nest(string folder, int depth) => Tools.Check("python3", "-c", $"""
        import os
        os.chdir('{folder}')
        for i in range({depth}): os.mkdir('d'); os.chdir('d')
        """);
}
