using System.Text;
using Loam.TestKit;

namespace Loam.Filesystems.Tests;

/// <summary>Disks of mke2fs and of the kernel, read and compared with what the kernel shows when it mounts them.</summary>
public sealed class Ext4ReaderTests
{
    /// <summary>Arguments of mke2fs.</summary>
    public static TheoryData<string> FeatureSets =>
    [
        "-b 4096",
        "-b 1024",
        "-b 2048",
        "-b 4096 -O ^extents,^64bit",
        "-b 1024 -O ^extents,^64bit",
        "-b 4096 -O inline_data",
        "-b 1024 -O inline_data -I 512",
        "-I 1024 -O inline_data,ea_inode",
        "-b 4096 -O ea_inode",
        "-O meta_bg,^resize_inode -b 1024 -g 512",
        "-O ^64bit",
        "-O ^metadata_csum",
        "-b 4096 -O ^metadata_csum,uninit_bg",
        "-O ^metadata_csum,uninit_bg,^64bit -b 1024",
        "-O ^metadata_csum,^uninit_bg,^flex_bg",
        "-I 128",
        "-I 128 -O ^metadata_csum",
        "-O ^has_journal",
        "-O ^dir_index,^huge_file,^filetype",
        "-O metadata_csum_seed,orphan_file",
        "-O ^resize_inode,sparse_super2",
        "-O mmp",
        "-O large_dir -g 8192 -b 4096",
        "-O ^ext_attr,^sparse_super,^resize_inode -g 1024 -b 1024",
        "-O encrypt,^encrypt -E lazy_itable_init=0",
    ];

    [Theory]
    [MemberData(nameof(FeatureSets))]
    public void Whatever_the_kernel_writes_is_read_as_the_kernel_shows_it(string arguments)
    {
        KernelDisk.Require();
        using var folder = new TemporaryFolder();
        KernelDisk.Make(folder["disk"], 90, arguments);
        var script = KernelDisk.Everything;
        if (arguments.Contains("ea_inode", StringComparison.Ordinal))
        {
            script +=
                "\nsetfattr -n user.large -v 0x$(head -c 9000 /dev/zero | tr '\\0' z | od -An -tx1 -v | tr -d ' \\n') small; "
                + "setfattr -n user.large -v 0x$(head -c 9000 /dev/zero | tr '\\0' z | od -An -tx1 -v | tr -d ' \\n') large\n";
        }

        KernelDisk.Change(folder["disk"], folder["mnt"], script);
        KernelDisk.AssertReadsAsMounted(folder["disk"], folder["mnt"]);
        Assert.True(Tools.Run("e2fsck", "-fn", folder["disk"]).ExitCode == 0);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-b 1024 -O ^extents,^64bit")]
    [InlineData("-O inline_data,ea_inode -I 512")]
    [InlineData("-I 128 -O ^metadata_csum")]
    public void Whatever_mke2fs_copies_is_read_as_the_kernel_shows_it(string arguments)
    {
        KernelDisk.Require();
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["source"]);
        Tools.Check("bash", "-c", $"set -euo pipefail; cd '{folder["source"]}'; {KernelDisk.Everything}");
        KernelDisk.Make(folder["disk"], 90, $"{arguments} -d {folder["source"]}");
        KernelDisk.AssertReadsAsMounted(folder["disk"], folder["mnt"]);
    }

    [Fact]
    public void A_file_of_three_levels_of_addresses_is_read()
    {
        KernelDisk.Require();
        using var folder = new TemporaryFolder();
        KernelDisk.Make(folder["disk"], 160, "-b 1024 -O ^extents,^64bit");
        KernelDisk.Change(folder["disk"], folder["mnt"], """
            head -c 70000000 /dev/urandom > triple
            truncate -s 10G sparse; printf end | dd of=sparse bs=1 seek=9000000000 conv=notrunc status=none
            """);
        using var reader = Ext4Reader.Open(folder["disk"], null, TestContext.Current.CancellationToken);
        var tree = reader.ReadTree(TestContext.Current.CancellationToken);
        using var sparse = reader.OpenContent((RegularFileNode)tree.Find(TreePath.Parse("sparse"))!);
        Assert.Equal([new DataRange(9_000_000_000 / 1024 * 1024, 1024)], sparse.DataRanges);
        sparse.Position = 9_000_000_000 - 1;
        var end = new byte[5];
        sparse.ReadExactly(end);
        Assert.Equal("\0end\0"u8.ToArray(), end);
        Assert.Equal(10L << 30, sparse.Length);
        KernelDisk.Change(folder["disk"], folder["mnt"], "rm sparse");
        KernelDisk.AssertReadsAsMounted(folder["disk"], folder["mnt"]);
    }

    [Fact]
    public void Deep_extent_trees_and_large_directories_are_read()
    {
        KernelDisk.Require();
        using var folder = new TemporaryFolder();
        KernelDisk.Make(folder["disk"], 200, "-b 1024 -N 40000");
        KernelDisk.Change(folder["disk"], folder["mnt"], """
            python3 - <<'P'
            import os
            f = os.open("holes", os.O_CREAT | os.O_WRONLY)
            for i in range(20000): os.pwrite(f, b"%d" % i, i * 2048)
            os.mkdir("many")
            for i in range(30000): os.open("many/a-name-that-takes-some-room-%06d" % i, os.O_CREAT | os.O_CLOEXEC); os.close(f + 1)
            P
            """);
        Assert.Contains("(ETB", Tools.Check("debugfs", "-R", "stat /holes", folder["disk"]), StringComparison.Ordinal);
        KernelDisk.AssertReadsAsMounted(folder["disk"], folder["mnt"]);
    }

    [Fact]
    public void An_empty_lost_and_found_is_left_out_and_one_with_something_in_it_is_not()
    {
        KernelDisk.Require();
        using var folder = new TemporaryFolder();
        KernelDisk.Make(folder["disk"], 16, "");
        Assert.DoesNotContain("lost+found", TreeDescription.Of(folder["disk"], new Ext4ReadOptions()).Keys);
        Assert.Contains("lost+found", TreeDescription.Of(folder["disk"]).Keys);
        KernelDisk.Change(folder["disk"], folder["mnt"], "touch lost+found/x");
        Assert.Contains("lost+found/x", TreeDescription.Of(folder["disk"], new Ext4ReadOptions()).Keys);
    }

    [Theory]
    [InlineData("-O bigalloc", "bigalloc")]
    [InlineData("-O encrypt", "encrypt")]
    [InlineData("-O casefold -E encoding=utf8", "casefold")]
    [InlineData("-O journal_dev -b 4096", "journal_dev")]
    [InlineData("-b 8192", "8192")]
    public void What_is_not_read_is_refused_by_name(string arguments, string name)
    {
        Tools.Require("mke2fs");
        using var folder = new TemporaryFolder();
        KernelDisk.Make(folder["disk"], 64, arguments);
        var error = Assert.Throws<FilesystemException>(() => TreeDescription.Of(folder["disk"]));
        Assert.Equal(FilesystemError.UnsupportedFeature, error.Error);
        Assert.Contains(name == "8192" ? "2^13" : name, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_feature_is_refused_by_its_bit()
    {
        Tools.Require("mke2fs");
        using var folder = new TemporaryFolder();
        KernelDisk.Make(folder["disk"], 16, "-O ^metadata_csum");
        Patch(folder["disk"], 1024 + 0x63, [0x40]);
        var error = Assert.Throws<FilesystemException>(() => TreeDescription.Of(folder["disk"]));
        Assert.Contains("incompat 0x40000000", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("zeros")]
    [InlineData("short")]
    [InlineData("empty")]
    public void What_is_no_ext4_is_said_to_be_none(string what)
    {
        using var folder = new TemporaryFolder();
        System.IO.File.WriteAllBytes(folder["disk"], new byte[what switch { "zeros" => 1 << 20, "short" => 1500, _ => 0 }]);
        Assert.Equal(FilesystemError.NotExt4, Assert.Throws<FilesystemException>(() => TreeDescription.Of(folder["disk"])).Error);
    }

    [Fact]
    public void Damage_names_inode_and_block()
    {
        KernelDisk.Require();
        using var folder = new TemporaryFolder();
        KernelDisk.Make(folder["disk"], 160, "-b 4096");
        KernelDisk.Change(folder["disk"], folder["mnt"], KernelDisk.Everything);
        var big = InodeOf(folder["disk"], "/big");
        var block = long.Parse(Tools.Check("debugfs", "-R", "bmap /big 2", folder["disk"]), System.Globalization.CultureInfo.InvariantCulture);
        Patch(folder["disk"], block * 4096 + 100, [0xAA]);
        var error = Assert.Throws<FilesystemException>(() => TreeDescription.Of(folder["disk"]));
        Assert.Equal((FilesystemError.Damaged, (long?)big, (long?)block), (error.Error, error.Inode, error.Block));
        Assert.Contains($"inode {big}, block {block}: ", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("superblock", 1024L + 0x120)]
    [InlineData("descriptor", 4096L + 0x0C)]
    public void Damage_of_what_describes_the_disk_is_found(string what, long at)
    {
        Tools.Require("mke2fs");
        using var folder = new TemporaryFolder();
        KernelDisk.Make(folder["disk"], 16, "-b 4096");
        Patch(folder["disk"], at, [0x5A]);
        var error = Assert.Throws<FilesystemException>(() => TreeDescription.Of(folder["disk"]));
        Assert.Equal(FilesystemError.Damaged, error.Error);
        Assert.Contains(what, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_disk_cut_short_is_damaged()
    {
        Tools.Require("mke2fs");
        using var folder = new TemporaryFolder();
        KernelDisk.Make(folder["disk"], 16, "");
        using (var file = System.IO.File.OpenWrite(folder["disk"]))
        {
            file.SetLength(15 << 20);
        }

        Assert.Equal(FilesystemError.Damaged, Assert.Throws<FilesystemException>(() => TreeDescription.Of(folder["disk"])).Error);
    }

    [Theory]
    [InlineData("loop of directories", "mkdir a; mkdir a/b", "ln <{0}> a/b/back", "a")]
    [InlineData("a directory with two names", "mkdir a; mkdir b", "ln <{0}> b/again", "a")]
    public void Directories_that_are_met_twice_are_damage(string what, string script, string command, string path)
    {
        KernelDisk.Require();
        using var folder = new TemporaryFolder();
        KernelDisk.Make(folder["disk"], 16, "-O ^metadata_csum");
        KernelDisk.Change(folder["disk"], folder["mnt"], script);
        var inode = InodeOf(folder["disk"], "/" + path);
        Tools.Check("debugfs", "-w", "-R", string.Format(System.Globalization.CultureInfo.InvariantCulture, command, inode), folder["disk"]);
        var error = Assert.Throws<FilesystemException>(() => TreeDescription.Of(folder["disk"]));
        Assert.True(error.Error == FilesystemError.Damaged && error.Inode == inode, $"{what}: {error.Message}");
    }

    [Fact]
    public void Blocks_that_belong_to_two_files_are_damage()
    {
        KernelDisk.Require();
        using var folder = new TemporaryFolder();
        KernelDisk.Make(folder["disk"], 16, "-O ^metadata_csum,^extents,^64bit");
        KernelDisk.Change(folder["disk"], folder["mnt"], "head -c 9000 /dev/urandom > a; head -c 9000 /dev/urandom > b");
        var block = Tools.Check("debugfs", "-R", "bmap /a 1", folder["disk"]).Trim();
        Tools.Check("debugfs", "-w", "-R", $"set_inode_field /b block[2] {block}", folder["disk"]);
        var error = Assert.Throws<FilesystemException>(() => TreeDescription.Of(folder["disk"]));
        Assert.Equal((FilesystemError.Damaged, block), (error.Error, $"{error.Block}"));
    }

    [Theory]
    [InlineData(12, 0, "out of order")] // The second extent again at the first one's place.
    [InlineData(0, 16, "out of order")] // The first where the second is.
    [InlineData(4, 0, "has 0 blocks")] // The first without blocks.
    [InlineData(-6, 1, "")] // An index where leaves are.
    [InlineData(-10, 5, "more entries than it has room for")]
    public void Extents_must_follow_each_other(int at, byte value, string why)
    {
        Tools.Require("mke2fs");
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["source"]);
        using (var file = System.IO.File.OpenHandle(folder["source/f"], FileMode.CreateNew, FileAccess.Write))
        {
            RandomAccess.Write(file, TestImage.Noise(1024, 1), 0);
            RandomAccess.Write(file, TestImage.Noise(1024, 2), 16 << 10);
        }

        KernelDisk.Make(folder["disk"], 4, $"-b 1024 -N 32 -O ^metadata_csum,^has_journal,^resize_inode -d {folder["source"]}");
        Assert.Equal(["", "f", "lost+found"], TreeDescription.Of(folder["disk"]).Keys);

        // An extent header (0xF30A) of two entries, and the entries, 12 bytes each.
        var header = System.IO.File.ReadAllBytes(folder["disk"]).AsSpan().IndexOf((ReadOnlySpan<byte>)[0x0A, 0xF3, 2, 0, 4, 0, 0, 0]);
        Patch(folder["disk"], header + 12 + at, [value]);
        var error = Assert.Throws<FilesystemException>(() => TreeDescription.Of(folder["disk"]));
        Assert.Equal(FilesystemError.Damaged, error.Error);
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(12)]
    public void A_directory_s_own_names_lead_to_itself_and_to_the_one_above(int at)
    {
        Tools.Require("mke2fs", "debugfs");
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["source/d/sub"]);
        KernelDisk.Make(folder["disk"], 4, $"-b 1024 -N 32 -O ^metadata_csum,^has_journal,^resize_inode -d {folder["source"]}");
        Assert.Equal(["", "d", "d/sub", "lost+found"], TreeDescription.Of(folder["disk"]).Keys);

        // The entry of "." (ext4_dir_entry_2), which the one of ".." follows.
        byte[] self = [.. BitConverter.GetBytes(InodeOf(folder["disk"], "/d/sub")), 12, 0, 1, 2, (byte)'.', 0, 0, 0];
        var entry = System.IO.File.ReadAllBytes(folder["disk"]).AsSpan().IndexOf(self);
        Patch(folder["disk"], entry + at, [2]);
        Assert.Equal(FilesystemError.Damaged, Assert.Throws<FilesystemException>(() => TreeDescription.Of(folder["disk"])).Error);
    }

    [Fact]
    public void A_block_of_addresses_belongs_to_one_file()
    {
        KernelDisk.Require();
        using var folder = new TemporaryFolder();
        KernelDisk.Make(folder["disk"], 8, "-b 1024 -O ^extents,^64bit,^metadata_csum");
        KernelDisk.Change(folder["disk"], folder["mnt"], "head -c 20000 /dev/urandom > a; dd if=/dev/zero of=b bs=1024 count=1 conv=fsync status=none");
        var zeros = Tools.Check("debugfs", "-R", "bmap /b 0", folder["disk"]).Trim();
        Assert.NotEqual("0", zeros);
        Tools.Check("debugfs", "-w", "-R", $"set_inode_field /a block[IND] {zeros}", folder["disk"]);
        var error = Assert.Throws<FilesystemException>(() => TreeDescription.Of(folder["disk"]));
        Assert.Equal(FilesystemError.Damaged, error.Error);
        Assert.Equal(zeros, $"{error.Block}");
    }

    [Theory]
    [InlineData(2, true)]
    [InlineData(3, false)]
    public void Values_of_attributes_that_overlap_make_no_more_than_their_block_holds(int count, bool fits)
    {
        const int Header = 32, Entry = 20, Value = 1990;
        var block = new byte[4096];
        for (var i = 0; i < count; i++)
        {
            var entry = block.AsSpan(Header + (i * Entry));
            (entry[0], entry[1], entry[16]) = (1, 1, (byte)('a' + i));
            BitConverter.TryWriteBytes(entry[2..], (ushort)(block.Length - Value));
            BitConverter.TryWriteBytes(entry[8..], Value);
        }

        var failure = Record.Exception(() => Assert.Equal(count, Loam.Filesystems.Ext4.Reading.XAttrParser.ParseBlock(block, inode: 12, block: 34).Count));
        Assert.Equal(fits ? null : FilesystemError.Damaged, (failure as FilesystemException)?.Error);
    }

    [Fact]
    public void As_many_names_are_read_as_are_allowed()
    {
        using var stream = new MemoryStream();
        using (var disk = DiskFile.Create(stream, leaveOpen: true))
        {
            new Ext4Writer(disk).Finish(
                Trees.Of(("a", new SpecialNode(Trees.Plain, SpecialKind.Fifo, 0, 0)), ("d/b", Trees.Link("x"))), TestContext.Current.CancellationToken);
        }

        Assert.Equal(3, Read(3).Walk().Count());
        Assert.Equal(FilesystemError.LimitExceeded, Assert.Throws<FilesystemException>(() => Read(2)).Error);

        FileTree Read(long names)
        {
            using var reader = Ext4Reader.Open(stream, new Ext4ReadOptions { MaximumEntries = names }, leaveOpen: true, TestContext.Current.CancellationToken);
            return reader.ReadTree(TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public void A_value_in_an_inode_of_its_own_must_have_its_checksum()
    {
        KernelDisk.Require();
        using var folder = new TemporaryFolder();
        KernelDisk.Make(folder["disk"], 8, "-b 1024 -O ea_inode");
        KernelDisk.Change(folder["disk"], folder["mnt"], "touch f; setfattr -n user.large -v \"$(printf 'Q%.0s' $(seq 5000))\" f");
        using (var reader = Ext4Reader.Open(folder["disk"], null, TestContext.Current.CancellationToken))
        {
            var file = reader.ReadTree(TestContext.Current.CancellationToken).Get("/f");
            Assert.Equal(5000, file.Metadata.XAttrs.Find("user.large")!.Value.Length);
        }

        // Wherever a block of it stands: the journal may hold one too.
        var bytes = System.IO.File.ReadAllBytes(folder["disk"]);
        for (var at = 0; at < bytes.Length; at += 1024)
        {
            if (bytes.AsSpan(at, 1024).IndexOfAnyExcept((byte)'Q') < 0)
            {
                Patch(folder["disk"], at + 7, [(byte)'R']);
            }
        }

        var error = Assert.Throws<FilesystemException>(() => TreeDescription.Of(folder["disk"]));
        Assert.Equal(FilesystemError.Damaged, error.Error);
        Assert.Contains("checksum of an attribute's value", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Limits_end_what_would_take_too_much()
    {
        KernelDisk.Require();
        using var folder = new TemporaryFolder();
        KernelDisk.Make(folder["disk"], 160, "");
        KernelDisk.Change(folder["disk"], folder["mnt"], KernelDisk.Everything);
        foreach (var options in (Ext4ReadOptions[])[new() { MaximumEntries = 1000 }, new() { MaximumMemoryBytes = 100_000 }])
        {
            var error = Assert.Throws<FilesystemException>(() => TreeDescription.Of(folder["disk"], options));
            Assert.Equal(FilesystemError.LimitExceeded, error.Error);
        }
    }

    [Fact]
    public void Content_can_be_read_from_anywhere_and_says_where_its_holes_are()
    {
        KernelDisk.Require();
        using var folder = new TemporaryFolder();
        KernelDisk.Make(folder["disk"], 64, "-b 4096");
        KernelDisk.Change(
            folder["disk"], folder["mnt"], "head -c 50000 /dev/urandom > f; fallocate -p -o 8192 -l 12288 f; truncate -s 60000 f; cp f ../original");
        var expected = System.IO.File.ReadAllBytes(folder["original"]);
        using var reader = Ext4Reader.Open(folder["disk"], null, TestContext.Current.CancellationToken);
        var file = (RegularFileNode)reader.ReadTree(TestContext.Current.CancellationToken).Find(TreePath.Parse("f"))!;
        using var stream = reader.OpenContent(file);
        Assert.Equal([new DataRange(0, 8192), new DataRange(20_480, 32_768)], stream.DataRanges);
        var random = new Random(3);
        for (var i = 0; i < 500; i++)
        {
            var (at, length) = (random.Next(expected.Length), random.Next(20_000));
            var buffer = new byte[length];
            stream.Position = at;
            var read = stream.ReadAtLeast(buffer, length, throwOnEndOfStream: false);
            Assert.Equal(expected.AsSpan(at, Math.Min(length, expected.Length - at)), buffer.AsSpan(0, read));
        }
    }

    internal static void Patch(string disk, long at, byte[] bytes)
    {
        using var file = System.IO.File.OpenHandle(disk, FileMode.Open, FileAccess.ReadWrite);
        RandomAccess.Write(file, bytes, at);
    }

    private static uint InodeOf(string disk, string path)
    {
        var text = Tools.Check("debugfs", "-R", $"stat {path}", disk);
        return uint.Parse(
            text.AsSpan("Inode: ".Length, text.IndexOf(' ', "Inode: ".Length) - "Inode: ".Length), System.Globalization.CultureInfo.InvariantCulture);
    }
}
