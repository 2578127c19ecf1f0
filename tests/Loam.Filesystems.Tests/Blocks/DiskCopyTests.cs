using Loam.TestKit;

namespace Loam.Filesystems.Tests;

/// <summary>Copies of disks take what they must and no more.</summary>
public sealed class DiskCopyTests
{
    private const long Mebibyte = 1 << 20;

    [Fact]
    public void A_copy_has_the_same_bytes_and_the_same_holes()
    {
        using var folder = new TemporaryFolder();
        Author(folder["disk"]);
        var stored = DiskCopy.StoredBytes(folder["disk"]);
        var copy = DiskCopy.Make(folder["disk"], folder["copy"], progress: null, TestContext.Current.CancellationToken);
        Assert.InRange(stored, 3 * Mebibyte, 4 * Mebibyte);
        Assert.Equal(copy.Shared ? 0 : stored, copy.BytesCopied);
        Assert.InRange(DiskCopy.StoredBytes(folder["copy"]), 3 * Mebibyte, stored);
        Assert.Equal(512 * Mebibyte, new FileInfo(folder["copy"]).Length);
        Tools.Check("cmp", folder["disk"], folder["copy"]);
        Assert.Throws<IOException>(() => DiskCopy.Make(folder["disk"], folder["copy"], progress: null, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void A_copy_that_is_not_finished_leaves_nothing()
    {
        using var folder = new TemporaryFolder();
        Author(folder["disk"]);
        var failure = Record.Exception(() => DiskCopy.Make(folder["disk"], folder["copy"], progress: null, new CancellationToken(canceled: true)));

        // Where blocks are shared there is nothing to wait for.
        Assert.True(failure is OperationCanceledException || new FileInfo(folder["copy"]).Length == 512 * Mebibyte);
        Assert.Equal(failure is null, File.Exists(folder["copy"]));
    }

    [Fact]
    public void Blocks_are_shared_where_the_file_system_can()
    {
        Tools.RequireRoot();
        Tools.Require("mkfs.xfs", "mount");
        using var folder = new TemporaryFolder();
        var mounted = Directory.CreateDirectory(folder["mnt"]).FullName;
        using (var image = File.Create(folder["xfs"]))
        {
            image.SetLength(400 * Mebibyte);
        }

        Tools.Check("mkfs.xfs", "-q", "-m", "reflink=1", folder["xfs"]);
        var mount = Tools.Run("mount", "-o", "loop", folder["xfs"], mounted);
        Assert.SkipUnless(mount.ExitCode == 0, $"this kernel mounts no XFS: {mount.Error}");
        try
        {
            Author(Path.Combine(mounted, "disk"));
            var copy = DiskCopy.Make(Path.Combine(mounted, "disk"), Path.Combine(mounted, "copy"), progress: null, TestContext.Current.CancellationToken);
            Assert.Equal(new DiskCopy(Shared: true, BytesCopied: 0), copy);
            Tools.Check("cmp", Path.Combine(mounted, "disk"), Path.Combine(mounted, "copy"));
        }
        finally
        {
            Tools.Run("umount", mounted);
        }
    }

    /// <summary>512 MiB with a megabyte at the start, in the middle, and at the end.</summary>
    private static void Author(string path)
    {
        using var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite);
        RandomAccess.SetLength(file, 512 * Mebibyte);
        foreach (var at in new[] { 0, 200, 511 })
        {
            RandomAccess.Write(file, TestImage.Noise((int)Mebibyte, at), at * Mebibyte);
        }
    }
}
