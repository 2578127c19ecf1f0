using System.Text;
using System.Text.Json.Nodes;
using Loam.TestKit;

namespace Loam.Cli.Tests;

/// <summary>Looking into disks without mounting them, against what the kernel shows.</summary>
public sealed class DiskCommandTests
{
    [Fact]
    public async Task An_export_unpacks_to_what_the_kernel_shows()
    {
        Tools.RequireRoot();
        Tools.Require("tar", "mke2fs", "getfattr", "setfattr", "setcap", "mount");
        await using var store = new StoreFixture();
        var disk = MakeDisk(store);
        store.Check("rootfs", "export", disk, "-o", store.Folder["tree.tar"]);
        var piped = Tools.Filter(LoamBinary.Path, ["rootfs", "export", disk], []);
        Assert.Equal(Digest.Sha256(piped), Digest.Sha256(await File.ReadAllBytesAsync(store.Folder["tree.tar"], TestContext.Current.CancellationToken)));
        Assert.InRange(piped.Length, 1_000_000, 8_000_000);
        var unpacked = Directory.CreateDirectory(store.Folder["unpacked"]).FullName;
        Tools.Check("tar", "--numeric-owner", "--xattrs", "--xattrs-include=*", "-xpf", store.Folder["tree.tar"], "-C", unpacked);
        using var mount = new LoopMount(disk, store.Folder["mount"]);
        var expected = TreeListing.Of(mount.Path);
        expected.Remove("lost+found");
        TreeListing.AssertSame(expected, TreeListing.Of(unpacked));
        Assert.InRange(
            long.Parse(Tools.Check("du", "-k", Path.Combine(unpacked, "srv/sparse")).Split('\t')[0], System.Globalization.CultureInfo.InvariantCulture), 0, 8);
    }

    [Fact]
    public async Task Paths_are_listed_and_read()
    {
        Tools.RequireRoot();
        Tools.Require("mke2fs", "setfattr", "setcap", "mount");
        await using var store = new StoreFixture();
        var disk = MakeDisk(store);
        Assert.Equal("file 7\n", store.Check("rootfs", "cat", disk, "/srv/new/f7"));
        Assert.Equal(
            Encoding.UTF8.GetString(Tools.Filter(LoamBinary.Path, ["rootfs", "cat", disk, "etc/owned"], [])), store.Check("rootfs", "cat", disk, "/srv/link"));
        var owned = store.Json("rootfs", "ls", disk, "/etc/owned")["entries"]![0]!;
        Assert.Equal(("file", 1234, 70000), ((string)owned["type"]!, (int)owned["uid"]!, (int)owned["gid"]!));
        Assert.Contains("-rws--x--x", store.Check("rootfs", "ls", disk, "etc"), StringComparison.Ordinal);
        Assert.Equal("00ff0a3d", (string)store.Json("rootfs", "ls", disk, "srv/able")["entries"]![0]!["xattrs"]!["user.bin"]!);
        Assert.Contains("srv/n\\xff\\xfe", store.Check("rootfs", "ls", disk, "-R", "-q").Split('\n'));
        var facts = store.Json("rootfs", "inspect", disk);
        Assert.Equal(store.Json("rootfs", "ls", "-R", disk)["entries"]!.AsArray().Count, (int)facts["entries"]!);
        Assert.False((bool)facts["journal_replayed"]!);
        Assert.Equal((3, "disk_path_not_found"), Failure(store.Fail("rootfs", "cat", disk, "/srv/none")));
        Assert.Equal((2, "disk_path_invalid"), Failure(store.Fail("rootfs", "cat", disk, "/srv")));
        Assert.Equal((2, "disk_path_invalid"), Failure(store.Fail("rootfs", "ls", disk, "../..")));
    }

    private static string MakeDisk(StoreFixture store)
    {
        var disk = store.Folder["disk.ext4"];
        Tools.Check("mke2fs", "-q", "-t", "ext4", disk, "64M");
        ChangedDisk.Run(disk, $"""
            mkdir -p etc usr/gone srv opt/becomes-file empty
            for f in etc/owned etc/mode etc/deleted opt/becomes-folder opt/linked-b empty/a; do echo "$f" > $f; done
            {ChangedDisk.Much}
            """);
        return disk;
    }

    private static (int Exit, string Code) Failure((int Exit, string Code, string Message) failure) => (failure.Exit, failure.Code);
}
