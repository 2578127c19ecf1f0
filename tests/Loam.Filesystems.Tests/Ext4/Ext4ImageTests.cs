using Loam.TestKit;

namespace Loam.Filesystems.Tests;

/// <summary>Whole disks from folders, and back.</summary>
public sealed class Ext4ImageTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void A_folder_becomes_a_disk_but_for_what_is_excluded_and_comes_back()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["source/sub"]);
        File.WriteAllText(folder["source/kept"], "kept");
        File.WriteAllText(folder["source/sub/left.out"], "left out");
        var options = new FolderReadOptions { Excludes = ["*.out"], OwnedByRoot = true };
        var summary = Ext4Image.FromFolder(folder["source"], folder["disk"], new Ext4Options { VolumeLabel = "mine" }, options, cancellationToken: Stop);
        Assert.Equal(summary.SizeBytes, new FileInfo(folder["disk"]).Length);
        Assert.Contains("mine", Tools.Check("dumpe2fs", "-h", folder["disk"]), StringComparison.Ordinal);
        Ext4Image.ExtractToFolder(folder["disk"], folder["copy"], new FolderWriteOptions { KeepOwners = false }, cancellationToken: Stop);
        Assert.Equal("kept", File.ReadAllText(folder["copy/kept"]));
        Assert.True(Directory.Exists(folder["copy/sub"]));
        Assert.False(File.Exists(folder["copy/sub/left.out"]));
    }

    [Fact]
    public void A_disk_that_is_not_finished_leaves_nothing_and_one_that_is_there_stays()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["source"]);
        File.WriteAllBytes(folder["source/large"], TestImage.Noise(5 << 20, 1));
        var small = new Ext4Options { SizeBytes = 4 << 20 };
        Assert.Equal(
            FilesystemError.DiskTooSmall,
            Assert.Throws<FilesystemException>(() => Ext4Image.FromFolder(folder["source"], folder["disk"], small, cancellationToken: Stop)).Error);
        Assert.Throws<OperationCanceledException>(
            () => Ext4Image.FromFolder(folder["source"], folder["disk"], cancellationToken: new CancellationToken(canceled: true)));
        Assert.Equal([folder["source"]], Directory.EnumerateFileSystemEntries(folder.Path));
        File.WriteAllText(folder["disk"], "mine");
        Assert.Throws<IOException>(() => Ext4Image.FromFolder(folder["source"], folder["disk"], cancellationToken: Stop));
        Assert.Equal("mine", File.ReadAllText(folder["disk"]));
    }
}
