using System.Text;
using Loam.Filesystems;
using Loam.TestKit;

namespace Loam.Tests.Rootfs;

/// <summary>A finished disk, read by path.</summary>
public sealed class RootDiskTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public RootDiskTests()
    {
        using var disk = DiskFile.Create(_folder["disk"]);
        var writer = new Ext4Writer(disk);
        var tree = new FileTree();
        var file = new RegularFileNode(Metadata.File, writer.Content.WriteFile(Encoding.UTF8.GetBytes("the content")));
        tree.Put("etc/file", file);
        tree.Put("etc/again", file);
        tree.Put("etc/once", new RegularFileNode(Metadata.File, writer.Content.WriteFile(TestImage.Noise(9000, 1))));
        tree.Put("link", new SymlinkNode(Metadata.File, "/etc/file"u8.ToArray()));
        tree.Put("loop", new SymlinkNode(Metadata.File, "loop"u8.ToArray()));
        tree.Put("nowhere", new SymlinkNode(Metadata.File, "none"u8.ToArray()));
        writer.Finish(tree, Stop);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_link_that_is_the_last_name_is_followed_or_not()
    {
        using var disk = RootDisk.Open(_folder["disk"], Stop);
        Assert.IsType<RegularFileNode>(disk.Find("/link"));
        Assert.IsType<SymlinkNode>(disk.Find("/link", followLast: false));
        Assert.IsType<SymlinkNode>(disk.Get("loop", followLast: false));
        Assert.Null(disk.Find("/nowhere"));
        Assert.Null(disk.Find("/etc/none"));
    }

    [Fact]
    public async Task Contents_are_copied_of_files_only()
    {
        using var disk = RootDisk.Open(_folder["disk"], Stop);
        var copy = new MemoryStream();
        await disk.CopyContentAsync("/link", copy, Stop);
        Assert.Equal("the content", Encoding.UTF8.GetString(copy.ToArray()));
        Assert.Equal(ErrorCodes.DiskPathInvalid, await FailAsync("/etc"));
        Assert.Equal(ErrorCodes.DiskPathNotFound, await FailAsync("/nowhere"));
        Assert.Equal(ErrorCodes.DiskPathNotFound, await FailAsync("/loop"));
        Assert.Equal(ErrorCodes.DiskPathInvalid, await FailAsync("/../etc"));

        async Task<ErrorCode> FailAsync(string path) => (await Assert.ThrowsAsync<LoamException>(() => disk.CopyContentAsync(path, copy, Stop))).Code;
    }

    [Fact]
    public void The_progress_of_an_export_reaches_its_end_though_a_file_has_two_names()
    {
        using var disk = RootDisk.Open(_folder["disk"], Stop);
        var told = new List<WorkProgress>();
        var archive = new MemoryStream();
        disk.Export(archive, new Told(told), Stop);
        Assert.Equal(4096 + (3 * 4096), told[^1].Total);
        Assert.Equal(told[^1].Total, told[^1].Done);
        Assert.All(told, step => Assert.InRange(step.Done, 0, step.Total));
    }

    [Fact]
    public void What_is_no_disk_is_said_so()
    {
        File.WriteAllBytes(_folder["other"], new byte[5000]);
        Assert.Equal(ErrorCodes.DiskNotExt4, Assert.Throws<LoamException>(() => RootDisk.Open(_folder["other"], Stop)).Code);
    }

    private sealed class Told(List<WorkProgress> told) : IProgress<WorkProgress>
    {
        public void Report(WorkProgress value) => told.Add(value);
    }
}
