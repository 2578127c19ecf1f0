using System.Text;
using Loam.TestKit;

namespace Loam.Filesystems.Tests;

/// <summary>Disks judged by e2fsck, debugfs and resize2fs.</summary>
public sealed class Ext4WriterTests
{
    private static readonly Metadata File = new(0b110_100_100, 0, 0, new Timestamp(1_700_000_000, 123_456_789), XAttrs.None);
    private static readonly Metadata Folder = File with { Permissions = 0b111_101_101 };

    public static TheoryData<string> Shapes =>
    [
        "empty", "one file", "20000 small files", "50000 names", "300000 names", "70000 folders", "deep", "10000 extents", "1 TiB sparse",
        "attributes", "sizes",
    ];

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Every_shape_of_tree_passes_e2fsck(string shape)
    {
        Tools.Require("e2fsck");
        using var folder = new TemporaryFolder();
        Write(folder["disk"], new Options(), (tree, content) => Fill(shape, tree, content));
        AssertClean(folder["disk"]);
    }

    [Theory]
    [InlineData(1L << 30)]
    [InlineData(20L << 30)]
    [InlineData(300L << 30)]
    [InlineData((128L << 20) + 4096)]
    [InlineData((129L << 20) - 4096)]
    [InlineData((256L << 20) + (2L << 20))]
    public void Every_size_passes_e2fsck_and_stays_sparse(long size)
    {
        Tools.Require("e2fsck", "du");
        using var folder = new TemporaryFolder();
        var summary = Write(folder["disk"], new Options { Size = size }, (tree, content) => Fill("one file", tree, content));
        AssertClean(folder["disk"]);
        Assert.Equal(size, new FileInfo(folder["disk"]).Length);
        Assert.Equal(size, summary.SizeBytes);
        Assert.True(long.Parse(Tools.Check("du", "-k", folder["disk"]).Split('\t')[0], System.Globalization.CultureInfo.InvariantCulture) < 64 << 10);
    }

    [Fact]
    public void A_disk_grows()
    {
        Tools.Require("e2fsck", "resize2fs");
        using var folder = new TemporaryFolder();
        Write(folder["disk"], new Options(), (tree, content) => Fill("20000 small files", tree, content));
        Tools.Check("resize2fs", folder["disk"], "3G");
        Assert.Equal(0, Tools.Run("e2fsck", "-fn", folder["disk"]).ExitCode);
    }

    [Fact]
    public void What_does_not_fit_says_how_much_would_and_that_much_does()
    {
        Tools.Require("e2fsck");
        using var folder = new TemporaryFolder();
        void Content(FileTree tree, ContentWriter content) => Fill("sizes", tree, content);
        var error = Assert.Throws<FilesystemException>(() => Write(folder["small"], new Options { Size = 8 << 20 }, Content));
        Assert.Equal(FilesystemError.DiskTooSmall, error.Error);
        Write(folder["fits"], new Options { Size = error.NeededBytes }, Content);
        AssertClean(folder["fits"]);
        Assert.Throws<FilesystemException>(() => Write(folder["less"], new Options { Size = error.NeededBytes - (1 << 20) }, Content));
    }

    [Theory]
    [InlineData("user.big", 5000, FilesystemError.XAttrsTooLarge)]
    [InlineData("unknown.name", 5, FilesystemError.InvalidXAttr)]
    [InlineData("system.posix_acl_access", 5, FilesystemError.InvalidXAttr)]
    public void What_ext4_cannot_hold_is_named(string attribute, int length, FilesystemError expected)
    {
        using var folder = new TemporaryFolder();
        var error = Assert.Throws<FilesystemException>(() => Write(folder["disk"], new Options(), (tree, content) =>
        {
            var etc = new DirectoryNode(Folder);
            Put(tree.Root, "etc", etc);
            Put(etc, "fine", NewFile(content, [1]));
            Put(etc, "odd", new RegularFileNode(File with { XAttrs = XAttrs.Create([new XAttr(attribute, TestImage.Noise(length, 1))]) }, FileContent.Empty));
        }));
        Assert.Equal(expected, error.Error);
        Assert.StartsWith("/etc/odd: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_tree_gives_the_same_bytes()
    {
        using var folder = new TemporaryFolder();
        Write(folder["a"], new Options(), (tree, content) => Fill("50000 names", tree, content));
        Write(folder["b"], new Options(), (tree, content) => Fill("50000 names", tree, content));
        Tools.Check("cmp", folder["a"], folder["b"]);
    }

    [Fact]
    public void Freed_blocks_are_used_again_and_read_as_zeros_where_metadata_needs_them()
    {
        Tools.Require("e2fsck");
        using var folder = new TemporaryFolder();
        using (var disk = DiskFile.Create(folder["disk"]))
        {
            var writer = NewWriter(disk, new Options());
            var tree = new FileTree();
            for (var i = 0; i < 200; i++)
            {
                writer.Content.Write(TestImage.Noise(100_000, i));
                var content = writer.Content.Finish();
                if (i % 3 == 0)
                {
                    Put(tree.Root, $"f{i}", new RegularFileNode(File, content));
                }
                else
                {
                    writer.Heap.Release(content);
                }
            }

            writer.Finish(tree, TestContext.Current.CancellationToken);
        }

        AssertClean(folder["disk"]);
    }

    [Fact]
    public void Nothing_of_what_was_released_stays_on_the_disk()
    {
        using var folder = new TemporaryFolder();
        using (var disk = DiskFile.Create(folder["disk"]))
        {
            var writer = NewWriter(disk, new Options());
            writer.Heap.Release(writer.Content.WriteFile([.. Enumerable.Repeat("a secret that was deleted ", 4000).SelectMany(Encoding.ASCII.GetBytes)]));
            writer.Finish(new FileTree(), TestContext.Current.CancellationToken);
        }

        Assert.True(System.IO.File.ReadAllBytes(folder["disk"]).AsSpan().IndexOf("a secret"u8) < 0);
    }

    [Theory]
    [InlineData(40, 0)]
    [InlineData(0, 50)]
    [InlineData(0, 400)]
    [InlineData(90, 50)]
    public void A_disk_has_as_much_room_as_the_larger_of_two_wishes(int mebibytes, int percent)
    {
        const int Content = 30;
        var disk = DiskFile.Create(new MemoryStream());
        var writer = new Ext4Writer(disk, new Ext4Options { MinimumFreeBytes = (long)mebibytes << 20, FreePercent = percent });
        var tree = new FileTree();
        Put(tree.Root, "f", new RegularFileNode(File, writer.Content.WriteFile(TestImage.Noise(Content << 20, 1))));
        var summary = writer.Finish(tree, TestContext.Current.CancellationToken);
        var wished = (long)Math.Max(mebibytes, Content * percent / 100) << 20;
        Assert.InRange(summary.FreeBytes, wished, wished + (8 << 20));
    }

    [Fact]
    public void A_block_of_attributes_is_shared_by_1024_files_at_most()
    {
        Tools.Require("e2fsck");
        using var folder = new TemporaryFolder();
        var attributes = XAttrs.Create(new XAttr("user.large", TestImage.Noise(500, 1)));
        Write(folder["disk"], new Options(), (tree, _) =>
        {
            for (var i = 0; i < 1030; i++)
            {
                Put(tree.Root, $"f{i}", new SpecialNode(File with { XAttrs = attributes }, SpecialKind.Fifo, 0, 0));
            }
        });
        AssertClean(folder["disk"]);
        var bytes = System.IO.File.ReadAllBytes(folder["disk"]);
        var users = new List<int>();
        for (var at = 0; at < bytes.Length; at += DiskFile.BlockSize)
        {
            if (bytes.AsSpan(at).StartsWith((ReadOnlySpan<byte>)[0, 0, 2, 0xEA]))
            {
                users.Add(BitConverter.ToInt32(bytes, at + 4));
            }
        }

        Assert.Equal([6, 1024], users.Order());
    }

    [Fact]
    public void Names_of_one_hash_are_found_though_they_stand_in_two_blocks()
    {
        KernelDisk.Require();
        using var folder = new TemporaryFolder();
        var seed = new Guid("11234567-89ab-8def-8123-456789abcdef");
        uint HashOf(string name) => Loam.Filesystems.Ext4.Layout.HalfMd4.Of(Encoding.ASCII.GetBytes(name), seed).Hash;

        // A long and a short name of one hash, of which there are some among so many.
        var shortNames = Enumerable.Range(0, 200_000).Select(i => $"s{i}").ToLookup(HashOf);
        var longNames = Enumerable.Range(0, 200_000).Select(i => $"l{i}".PadRight(200, 'x'));
        var (first, second) = longNames.SelectMany(name => shortNames[HashOf(name)].Select(same => (name, same))).First(pair => HashOf(pair.name) > 1u << 30);

        // Fifteen names of less than that hash fill the first block until only one of the two fits.
        var others = Enumerable.Range(0, 10_000).Select(i => $"f{i}".PadRight(255, 'y')).Where(name => HashOf(name) < HashOf(first)).Take(14).ToList();
        others.Add(Enumerable.Range(0, 10_000).Select(i => $"g{i}".PadRight(170, 'z')).First(name => HashOf(name) < HashOf(first)));
        Write(folder["disk"], new Options(), (tree, _) =>
        {
            foreach (var name in others.Append(first).Append(second))
            {
                Put(tree.Root, name, new SpecialNode(File, SpecialKind.Fifo, 0, 0));
            }
        });
        AssertClean(folder["disk"]);
        KernelDisk.Change(folder["disk"], folder["mnt"], string.Join("; ", others.Append(first).Append(second).Select(name => $"test -p {name}")));
    }

    [Fact]
    public void Debugfs_sees_what_was_written()
    {
        Tools.Require("debugfs");
        using var folder = new TemporaryFolder();
        Write(folder["disk"], new Options(), (tree, content) => Fill("attributes", tree, content));
        var big = Tools.Check("debugfs", "-R", "stat /owner", folder["disk"]);
        Assert.Matches(@"User:\s+(4294967294|-2)\b", big);
        Assert.Contains("mtime: 0x8c4ecf80:", Tools.Check("debugfs", "-R", "stat /old", folder["disk"]), StringComparison.Ordinal);
        Assert.Contains("Type: character special", Tools.Check("debugfs", "-R", "stat /null", folder["disk"]), StringComparison.Ordinal);
        Assert.Contains("security.capability", Tools.Check("debugfs", "-R", "ea_list /cap", folder["disk"]), StringComparison.Ordinal);
    }

    private static void Fill(string shape, FileTree tree, ContentWriter content)
    {
        switch (shape)
        {
            case "one file":
                Put(tree.Root, "file", NewFile(content, Encoding.ASCII.GetBytes("hello")));
                break;
            case "20000 small files":
                for (var i = 0; i < 20_000; i++)
                {
                    Put(tree.Root, $"small-{i}", NewFile(content, Encoding.ASCII.GetBytes($"{i}")));
                }

                break;
            case "50000 names" or "300000 names":
                RegularFileNode? shared = null;
                for (var i = 0; i < int.Parse(shape.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture); i++)
                {
                    shared = i % 50_000 == 0 ? NewFile(content, [1]) : shared!;
                    Put(tree.Root, $"a-name-of-some-length-{i}", shared);
                }

                break;
            case "70000 folders":
                for (var i = 0; i < 70_000; i++)
                {
                    Put(tree.Root, $"d{i}", new DirectoryNode(Folder));
                }

                break;
            case "deep":
                var directory = tree.Root;
                for (var i = 0; i < 1000; i++)
                {
                    var child = new DirectoryNode(Folder);
                    Put(directory, $"{i}", child);
                    directory = child;
                }

                break;
            case "10000 extents":
                for (var i = 0; i < 10_000; i++)
                {
                    content.Write([1]);
                    content.Skip(2 * DiskFile.BlockSize - 1);
                }

                Put(tree.Root, "holes", new RegularFileNode(File, content.Finish()));
                break;
            case "1 TiB sparse":
                content.Skip(1L << 40);
                content.Write([1]);
                Put(tree.Root, "sparse", new RegularFileNode(File, content.Finish()));
                break;
            case "attributes":
                FillAttributes(tree, content);
                break;
            case "sizes":
                foreach (var size in (int[])[0, 1, 4095, 4096, 4097, 65_536, 40_000_000])
                {
                    Put(tree.Root, $"{size}", NewFile(content, TestImage.Noise(size, size)));
                }

                break;
        }
    }

    private static void FillAttributes(FileTree tree, ContentWriter content)
    {
        var capability = new XAttr("security.capability", Convert.FromHexString("0100000200200000000000000000000000000000"));
        var acl = new XAttr(
            "system.posix_acl_access", Convert.FromHexString("0200000001000600ffffffff020004000a00000004000400ffffffff10000400ffffffff20000400ffffffff"));
        Put(tree.Root, "cap", NewFile(content, [1], File with { XAttrs = XAttrs.Create([capability]) }));
        Put(tree.Root, "acl", NewFile(content, [1], File with { XAttrs = XAttrs.Create([acl, capability]) }));
        for (var i = 0; i < 1500; i++)
        {
            Put(
                tree.Root,
                $"shared{i}",
                NewFile(content, [], File with { XAttrs = XAttrs.Create([new XAttr("user.long", new byte[2000]), new XAttr("trusted.x", new byte[] { 1 })]) }));
        }

        Put(tree.Root, "owner", NewFile(content, [1], File with { Uid = uint.MaxValue - 1, Gid = 70_000 }));
        Put(tree.Root, "old", NewFile(content, [1], File with { Modified = new Timestamp(-1_940_992_128, 7) }));
        Put(tree.Root, "far", NewFile(content, [1], File with { Modified = new Timestamp(15_032_385_535, 999_999_999) }));
        Put(tree.Root, "null", new SpecialNode(File, SpecialKind.CharacterDevice, 1, 3));
        Put(tree.Root, "disk", new SpecialNode(File, SpecialKind.BlockDevice, 259, 300_000));
        Put(tree.Root, "pipe", new SpecialNode(File, SpecialKind.Fifo, 0, 0));
        Put(tree.Root, "socket", new SpecialNode(File, SpecialKind.Socket, 0, 0));
        Put(tree.Root, "short", new SymlinkNode(File, new byte[] { (byte)'x' }));
        Put(tree.Root, "fiftynine", new SymlinkNode(File, Encoding.ASCII.GetBytes(new string('y', 59))));
        Put(tree.Root, "sixty", new SymlinkNode(File, Encoding.ASCII.GetBytes(new string('y', 60))));
        Put(tree.Root, "longest", new SymlinkNode(File, Encoding.ASCII.GetBytes(new string('z', 4095))));
        tree.Root.Set([0xFF, 0x01, (byte)'\n'], NewFile(content, [1]));
    }

    private static RegularFileNode NewFile(ContentWriter content, byte[] bytes, Metadata? metadata = null)
    {
        content.Write(bytes);
        return new RegularFileNode(metadata ?? File, content.Finish());
    }

    private static void Put(DirectoryNode directory, string name, FileNode node) =>
        directory.Set(Encoding.UTF8.GetBytes(name), node);

    private static Ext4Summary Write(string path, Options options, Action<FileTree, ContentWriter> fill)
    {
        using var disk = DiskFile.Create(path);
        var writer = NewWriter(disk, options);
        var tree = new FileTree();
        fill(tree, writer.Content);
        var summary = writer.Finish(tree, TestContext.Current.CancellationToken);
        disk.Flush();
        return summary;
    }

    private static Ext4Writer NewWriter(DiskFile disk, Options options) => new(disk, new Ext4Options
    {
        Uuid = new Guid("01234567-89ab-8def-8123-456789abcdef"),
        HashSeed = new Guid("11234567-89ab-8def-8123-456789abcdef"),
        SizeBytes = options.Size,
    });

    private static void AssertClean(string disk)
    {
        var result = Tools.Run("e2fsck", "-fn", disk);
        Assert.True(result.ExitCode == 0 && result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length == 6, result.All);
    }

    private sealed record Options
    {
        public long? Size { get; init; }
    }
}
