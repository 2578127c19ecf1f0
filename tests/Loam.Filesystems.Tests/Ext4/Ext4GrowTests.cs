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

    private static void AssertClean(string disk)
    {
        var result = Tools.Run("e2fsck", "-fn", disk);
        Assert.True(result.ExitCode == 0 && result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length == 6, result.All);
    }
}
