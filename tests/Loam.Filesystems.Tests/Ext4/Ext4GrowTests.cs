using Loam.TestKit;

namespace Loam.Filesystems.Tests;

/// <summary>File systems that grew, judged by e2fsck, the kernel and the reader.</summary>
public sealed class Ext4GrowTests
{
    public static TheoryData<string, int, int> Growths => new()
    {
        { "", 40, 41 },
        { "", 40, 700 },
        { "", 300, 3000 },
        { "-b 1024", 12, 90 },
        { "-b 1024", 12, 600 },
        { "-b 2048", 40, 900 },
        { "-b 1024 -O ^extents,^64bit", 20, 300 },
        { "-O ^64bit", 100, 2000 },
        { "-O ^metadata_csum", 100, 2000 },
        { "-O ^metadata_csum,uninit_bg,^64bit", 100, 2000 },
        { "-O ^metadata_csum,^uninit_bg,^flex_bg", 100, 2000 },
        { "-O ^flex_bg -b 1024", 20, 300 },
        { "-b 4096 -O ^resize_inode", 100, 2500 },
        { "-I 128 -N 1000", 100, 2000 },
        { "-O inline_data,metadata_csum_seed,orphan_file", 100, 2000 },
        { "-b 4096 -E resize=4g", 100, 3000 },
        { "-g 2048 -b 1024", 20, 500 },
    };

    [Theory]
    [MemberData(nameof(Growths))]
    public void What_mke2fs_made_grows(string arguments, int from, int to)
    {
        KernelDisk.Require();
        using var folder = new TemporaryFolder();
        KernelDisk.Make(folder["disk"], from, arguments);
        KernelDisk.Change(folder["disk"], folder["mnt"], "mkdir d; for i in $(seq 300); do echo $i > d/$i; done; head -c 3000000 /dev/urandom > data");
        var before = TreeDescription.Of(folder["disk"]);
        var size = Ext4Grow.Grow(folder["disk"], (long)to << 20, TestContext.Current.CancellationToken);
        Assert.True(size > (long)from << 20 && size <= (long)to << 20, $"{size}");
        AssertClean(folder["disk"]);
        Assert.Equal(before, TreeDescription.Of(folder["disk"]));

        // The kernel fills what was added.
        KernelDisk.Change(
            folder["disk"],
            folder["mnt"],
            $"fallocate -l {(to - from) * 7 / 10}M filled || head -c {Math.Min(to - from, 60) * 7 / 10}M /dev/zero > filled; "
            + "mkdir many; for i in $(seq 300); do echo $i > many/$i; done");
        AssertClean(folder["disk"]);
        SortedDictionary<string, string>? shown = null;
        KernelDisk.Change(folder["disk"], folder["mnt"], "rm filled", during: () => shown = TreeListing.Of(folder["mnt"]));
        TreeListing.AssertSame(shown!, TreeDescription.Of(folder["disk"]));
    }

    [Theory]
    [InlineData(200L << 20, 5L << 30)]
    [InlineData(200L << 20, (200L << 20) + 8192)]
    [InlineData((128L << 20) + (8L << 20), 300L << 30)]
    [InlineData(150L << 20, 1000L << 30)]
    public void What_Loam_made_grows_again_and_again(long from, long to)
    {
        Tools.Require("e2fsck");
        using var folder = new TemporaryFolder();
        using (var disk = DiskFile.Create(folder["disk"]))
        {
            var writer = new Ext4Writer(
                disk, new Ext4Options { Uuid = new Guid(1, 2, 3, new byte[8]), HashSeed = new Guid(4, 5, 6, new byte[8]), SizeBytes = from });
            var tree = new FileTree();
            Ext4RoundTripTests.Fill(tree, writer.Content, new Random(5));
            writer.Finish(tree, TestContext.Current.CancellationToken);
            disk.Flush();
        }

        var before = TreeDescription.Of(folder["disk"]);
        foreach (var size in (long[])[from + (to - from) / 3 / 4096 * 4096, to])
        {
            Ext4Grow.Grow(folder["disk"], size, TestContext.Current.CancellationToken);
            AssertClean(folder["disk"]);
            Assert.Equal(size, new FileInfo(folder["disk"]).Length);
            Assert.Equal(before, TreeDescription.Of(folder["disk"]));
        }
    }

    [Fact]
    public void What_a_longer_file_held_is_not_taken_for_inodes()
    {
        KernelDisk.Require();
        using var folder = new TemporaryFolder();
        KernelDisk.Make(folder["disk"], 100, "-O ^metadata_csum,^uninit_bg");
        using (var file = System.IO.File.Open(folder["disk"], FileMode.Append))
        {
            file.Write(TestImage.Noise(250 << 20, 1));
        }

        Ext4Grow.Grow(folder["disk"], 340L << 20, TestContext.Current.CancellationToken);
        AssertClean(folder["disk"]);
        Assert.Equal(350L << 20, new FileInfo(folder["disk"]).Length);
    }

    [Fact]
    public void What_cannot_grow_says_why_and_stays()
    {
        KernelDisk.Require();
        using var folder = new TemporaryFolder();
        KernelDisk.Make(folder["disk"], 100, "-O ^resize_inode");
        var before = Tools.Check("sha256sum", folder["disk"]);
        AssertRefused(FilesystemError.DiskTooSmall, 50L << 20);
        AssertRefused(FilesystemError.DiskTooLarge, 4L << 40);
        Assert.Equal(before, Tools.Check("sha256sum", folder["disk"]));
        KernelDisk.Change(folder["disk"], folder["mnt"], "touch a", during: () =>
        {
            KernelDisk.Copy(folder["disk"], folder["mounted"]);
        });
        System.IO.File.Move(folder["mounted"], folder["disk"], overwrite: true);
        AssertRefused(FilesystemError.NotClean, 200L << 20);
        KernelDisk.Make(folder["disk"], 100, "-O meta_bg,^resize_inode");
        AssertRefused(FilesystemError.UnsupportedFeature, 200L << 20);

        void AssertRefused(FilesystemError error, long size) => Assert.Equal(
            error, Assert.Throws<FilesystemException>(() => Ext4Grow.Grow(folder["disk"], size, TestContext.Current.CancellationToken)).Error);
    }

    [Fact]
    public void It_grows_to_the_size_it_names_as_the_most()
    {
        KernelDisk.Require();
        using var folder = new TemporaryFolder();
        KernelDisk.Make(folder["disk"], 100, "-b 1024 -O ^resize_inode,^flex_bg");
        var error = Assert.Throws<FilesystemException>(() => Ext4Grow.Grow(folder["disk"], 1L << 40, TestContext.Current.CancellationToken));
        var most = long.Parse(error.Message.Split("can grow to ")[1].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
        Assert.Throws<FilesystemException>(() => Ext4Grow.Grow(folder["disk"], most + (64 << 20), TestContext.Current.CancellationToken));
        Assert.Equal(most, Ext4Grow.Grow(folder["disk"], most, TestContext.Current.CancellationToken));
        AssertClean(folder["disk"]);
    }

    [Fact]
    public void What_root_keeps_for_itself_grows_in_proportion()
    {
        Tools.Require("mke2fs", "dumpe2fs");
        using var folder = new TemporaryFolder();
        KernelDisk.Make(folder["disk"], 100, "-b 4096 -m 10");
        Ext4Grow.Grow(folder["disk"], 400L << 20, TestContext.Current.CancellationToken);
        AssertClean(folder["disk"]);
        var reserved = Tools.Check("dumpe2fs", "-h", folder["disk"]).Split('\n')
            .First(line => line.StartsWith("Reserved block count", StringComparison.Ordinal)).Split(':')[1];
        Assert.InRange(long.Parse(reserved, System.Globalization.CultureInfo.InvariantCulture), (400 << 20) / 4096 / 10 - 10, (400 << 20) / 4096 / 10);
    }

    [Fact]
    public void A_bitmap_that_is_damaged_is_not_given_a_new_checksum()
    {
        Tools.Require("mke2fs", "dumpe2fs");
        using var folder = new TemporaryFolder();
        KernelDisk.Make(folder["disk"], 40, "-b 4096");
        var text = Tools.Check("dumpe2fs", folder["disk"]);
        var at = text.IndexOf("Block bitmap at ", StringComparison.Ordinal) + "Block bitmap at ".Length;
        var bitmap = long.Parse(text[at..text.IndexOfAny([' ', ','], at)], System.Globalization.CultureInfo.InvariantCulture);
        Ext4ReaderTests.Patch(folder["disk"], (bitmap * 4096) + 1000, [0xFF]);
        var error = Assert.Throws<FilesystemException>(() => Ext4Grow.Grow(folder["disk"], 80L << 20, TestContext.Current.CancellationToken));
        Assert.Equal((FilesystemError.Damaged, (long?)bitmap), (error.Error, error.Block));
    }

    [Fact]
    public void All_that_is_new_is_on_the_disk_before_the_superblock_says_so()
    {
        using var made = new MemoryStream();
        using (var disk = DiskFile.Create(made, leaveOpen: true))
        {
            new Ext4Writer(disk, new Ext4Options { SizeBytes = 16 << 20 }).Finish(new FileTree(), TestContext.Current.CancellationToken);
        }

        using var stream = new Recording();
        stream.Write(made.ToArray());
        stream.Writes.Clear();
        Ext4Grow.Grow(stream, 140L << 20, TestContext.Current.CancellationToken);
        var writes = stream.Writes;
        var superblock = writes.FindLastIndex(write => write.Offset == 1024);
        var flush = writes.FindIndex(write => write.Offset == -1);
        Assert.True(flush >= 0 && flush < superblock, "the superblock was written before what it describes was flushed");
        Assert.Equal(superblock, writes.FindIndex(write => write.Offset == 1024));
        Assert.All(
            writes.Take(flush), write => Assert.True(write.Offset > 4096 || write.Offset + write.Length <= 1024 || write.Offset >= 2 * 4096, $"{write}"));
        Assert.Equal(-1, writes[^1].Offset);
    }

    private static void AssertClean(string disk)
    {
        var result = Tools.Run("e2fsck", "-fn", disk);
        Assert.True(result.ExitCode == 0 && result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length == 6, result.All);
    }

    /// <summary>Remembers writes in their order; one of no length at -1 is a flush.</summary>
    private sealed class Recording : MemoryStream
    {
        public List<(long Offset, int Length)> Writes { get; } = [];

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            Writes.Add((Position, buffer.Length));
            base.Write(buffer);
        }

        public override void Flush() => Writes.Add((-1, 0));
    }
}
