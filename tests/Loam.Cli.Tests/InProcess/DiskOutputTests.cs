using Loam.Cli.Output;
using Loam.Filesystems;
using Loam.TestKit;

namespace Loam.Cli.Tests.InProcess;

/// <summary>Disks and the paths on them, for people and for programs, on one disk with one of each kind.</summary>
public sealed class DiskOutputTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private RootDisk? _disk;

    private RootDisk Disk => _disk!;

    public async ValueTask InitializeAsync()
    {
        var layer = new TarAuthor()
            .Directory("dir", mode: 0b111_101_000)
            .File(
                "dir/file", "content", mode: 0b110_100_000, uid: 1234, gid: 70_000, time: -1, nanoseconds: 120_000_000, new XAttr("user.bin", (byte[])[0, 255]))
            .HardLink("dir/twin", "dir/file")
            .File("dir/tool", "x", mode: 0xFED) // rwsr-sr-t
            .File("dir/odd", "", mode: 0xE00, time: 253_402_300_799L) // --S--S--T
            .Symlink("link", "dir")
            .Symlink("broken", "no/where")
            .Fifo("pipe").Device("loop", block: true, 7, 3).Device("tty", block: false, 4, 64)
            .File("n\u00ff", "").File("tab\there", "").File("caf\u00c3\u00a9", "").File("back\\slash", "").End();
        await File.WriteAllBytesAsync(_folder["app.tar"], TestArchives.Docker("app:1", layer));
        var loaded = await new ArchiveLoader(ImageStore.Open(_folder["state"])).LoadAsync(
            ArchiveSource.FromPath(_folder["app.tar"]), new LoadOptions(), progress: null, CancellationToken.None);
        _disk = RootDisk.Open(loaded[0].Names[0].OutputPath, CancellationToken.None);
    }

    public ValueTask DisposeAsync()
    {
        _disk?.Dispose();
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    private IReadOnlyList<DiskEntryJson> List(string path, bool recursive = false) => DiskListing.Of(Disk, TreePath.Parse(path), recursive);

    [Fact]
    public void A_folder_is_listed_in_byte_order_without_what_is_below()
    {
        Assert.Equal(
            ["back\\x5cslash", "broken", "café", "dir", "link", "loop", "n\\xff", "pipe", "tab\\x09here", "tty"], List("/").Select(entry => entry.Path));
        Assert.Equal(
            ["file", "symlink", "file", "directory", "symlink", "block", "file", "fifo", "file", "char"], List("/").Select(entry => entry.Type));
    }

    [Fact]
    public void Recursively_each_folder_is_followed_by_what_it_holds()
    {
        var paths = List("/", recursive: true).Select(entry => entry.Path).ToList();
        Assert.Equal(["dir", "dir/file", "dir/odd", "dir/tool", "dir/twin", "link"], paths[3..9]);
        Assert.Equal(["dir/file", "dir/odd", "dir/tool", "dir/twin"], List("dir", recursive: true).Select(entry => entry.Path));
    }

    [Fact]
    public void A_link_to_a_folder_is_followed_and_any_other_path_is_shown_itself()
    {
        Assert.Equal(4, List("/link").Count);
        Assert.Equal("link/file", List("/link")[0].Path);
        var broken = Assert.Single(List("/broken"));
        Assert.Equal(("symlink", "no/where", 8L), (broken.Type, broken.Target, broken.SizeBytes));
        Assert.Equal("dir/file", Assert.Single(List("/dir/file", recursive: true)).Path);
    }

    [Fact]
    public void An_entry_has_all_that_is_known_of_it()
    {
        var file = Assert.Single(List("dir/file"));
        Assert.Equal(("file", "0640", 1234u, 70_000u, 7L, 2), (file.Type, file.Mode, file.Uid, file.Gid, file.SizeBytes, file.Links));
        Assert.Equal("1969-12-31T23:59:59.12Z", file.ModifiedAt);
        Assert.Equal(("user.bin", "00ff"), (Assert.Single(file.Xattrs!).Key, Assert.Single(file.Xattrs!).Value));
        Assert.Null(file.Target);
        Assert.Null(file.Device);
        Assert.Null(Assert.Single(List("dir/tool")).Xattrs);
        Assert.Equal(("7:3", "4:64", null), (Assert.Single(List("loop")).Device, Assert.Single(List("tty")).Device, Assert.Single(List("pipe")).Device));
        Assert.Equal(("0750", 0L), (List("/")[3].Mode, List("/")[3].SizeBytes));
        Assert.Equal("2023-11-14T22:13:20Z", Assert.Single(List("dir/tool")).ModifiedAt);
    }

    [Fact]
    public void People_see_what_ls_shows()
    {
        var lines = DiskText.Describe(List("/", recursive: true)).Split('\n');
        Assert.Equal("-rw-r-----+  1234:70000  7     1969-12-31T23:59:59.12Z  dir/file", lines[4]);
        Assert.StartsWith("---S--S--T ", lines[5], StringComparison.Ordinal);
        Assert.StartsWith("-rwsr-sr-t ", lines[6], StringComparison.Ordinal);
        Assert.StartsWith("drwxr-x--- ", lines[3], StringComparison.Ordinal);
        Assert.EndsWith("link -> dir", lines[8], StringComparison.Ordinal);
        Assert.StartsWith("lrwxrwxrwx ", lines[8], StringComparison.Ordinal);
        Assert.Matches("^brw------- +0:6 +7:3 ", lines[9]);
        Assert.Matches("^crw------- +0:6 +4:64 ", lines[13]);
        Assert.StartsWith("prw-r--r-- ", lines[11], StringComparison.Ordinal);
        Assert.Equal("", DiskText.Describe((IReadOnlyList<DiskEntryJson>)[]));
    }

    [Fact]
    public void The_facts_count_each_file_once()
    {
        var facts = DiskFactsJson.Of("/the/disk", Disk);
        Assert.Equal((14, 1, 8, 2, 3), (facts.Entries, facts.Directories, facts.Files, facts.Symlinks, facts.Specials));
        Assert.Equal((8, 8192), (facts.ContentBytes, facts.AllocatedBytes));
        Assert.Equal(("/the/disk", "ext4", 4096, false), (facts.Path, facts.Filesystem, facts.BlockSize, facts.JournalReplayed));
        Assert.Equal(new FileInfo(Directory.EnumerateFiles(_folder["state"], "rootfs.ext4", SearchOption.AllDirectories).Single()).Length, facts.SizeBytes);
        Assert.Equal(
            $"""
            /the/disk
              filesystem  ext4, {Sizes.Format(facts.SizeBytes)}, blocks of 4096 bytes
              uuid        {facts.Uuid}
              journal     clean
              entries     14: 8 files, 1 folders, 2 symbolic links, 3 others
              contents    8 B, taking 8.2 kB
            """.ReplaceLineEndings("\n"),
            DiskText.Describe(facts));
        Assert.Contains("not cleanly unmounted", DiskText.Describe(facts with { JournalReplayed = true }), StringComparison.Ordinal);
    }
}
