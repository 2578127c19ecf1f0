using Loam.Files;
using Loam.Filesystems;
using Loam.Machines.Workspaces;
using Loam.TestKit;

namespace Loam.Tests.Workspaces;

/// <summary>Files on their way into a guest and out of a disk, without a guest.</summary>
public sealed class CopyTests
{
    private const string Everything = """
        mkdir -p d/e 'a b'; printf hello > d/f; ln -s nowhere d/dangling; ln -s loop d/loop; ln d/f d/hard; touch d/$'\xff\xfe'; chmod 4711 d/f; chmod 1777 d/e
        mkfifo d/pipe; truncate -s 3M d/hole; printf end >> d/hole; touch -h -d '2001-02-03 04:05:06 UTC' d/dangling d/f d/e
        mkdir -p "d/$(printf 'x%.0s' $(seq 120))/$(printf 'y%.0s' $(seq 120))"; touch "d/$(printf 'x%.0s' $(seq 120))/$(printf 'y%.0s' $(seq 120))/z"
        python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("d/socket")'
        """;

    [Fact]
    public void Whatever_is_copied_in_unpacks_with_the_guest_s_tar()
    {
        Tools.RequireRoot();
        Tools.Require("busybox", "python3", "getfattr");
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["source"]);
        Directory.CreateDirectory(folder["unpacked"]);
        Tools.Check("bash", "-c", $"set -euo pipefail; cd '{folder["source"]}'; {Everything}");
        using (var archive = File.Create(folder["archive"]))
        {
            Assert.Equal(1, GuestCopy.Write(folder["source/d/"], archive, TestContext.Current.CancellationToken));
        }

        Tools.Check("busybox", "tar", "-x", "-f", folder["archive"], "-C", folder["unpacked"]);
        Tools.Check("rm", folder["source/d/socket"]);
        Tools.Check(
            "bash", "-c", $"cd '{folder["source"]}'; find . -exec touch -h -d @1 {{}} +; cd '{folder["unpacked"]}'; find . -exec touch -h -d @1 {{}} +");
        TreeListing.AssertSame(TreeListing.Of(folder["source/d"]), TreeListing.Of(folder["unpacked/it"]));
    }

    [Theory]
    [InlineData("d/dangling", "l")]
    [InlineData("d/loop", "l")]
    [InlineData("d/f", "-")]
    [InlineData("d/pipe", "p")]
    public void One_file_is_copied_in_as_what_it_is(string path, string kind)
    {
        Tools.Require("tar", "python3");
        using var folder = new TemporaryFolder();
        Tools.Check("bash", "-c", $"set -euo pipefail; cd '{folder.Path}'; {Everything}");
        using (var archive = File.Create(folder["archive"]))
        {
            GuestCopy.Write(folder[path], archive, TestContext.Current.CancellationToken);
        }

        var listing = Tools.Check("tar", "--utc", "-tvf", folder["archive"]);
        Assert.StartsWith(kind, listing, StringComparison.Ordinal);
        Assert.Contains(" 0/0 ", Tools.Check("tar", "--numeric-owner", "-tvf", folder["archive"]), StringComparison.Ordinal);
        Assert.Equal(1, listing.Count(character => character == '\n'));
    }

    [Fact]
    public void What_is_not_there_is_said_so()
    {
        using var folder = new TemporaryFolder();
        foreach (var path in (string[])["none", "none/below"])
        {
            var error = Assert.Throws<LoamException>(() => GuestCopy.Write(folder[path], Stream.Null, TestContext.Current.CancellationToken));
            Assert.Equal(ErrorCodes.Io, error.Code);
        }
    }

    [Fact]
    public void What_is_copied_out_is_the_current_user_s_and_stays_in_its_folder()
    {
        Tools.RequireRoot();
        using var folder = new TemporaryFolder();
        using (var disk = DiskFile.Create(folder["disk"]))
        {
            var writer = new Ext4Writer(disk, new Ext4Options { Uuid = Guid.Empty, HashSeed = Guid.Empty });
            var tree = new FileTree();
            var owned = new Metadata(0b110_111_101_101, 12, 34, new Timestamp(1_000_000_000, 0), XAttrs.Create([new XAttr("trusted.x", new byte[] { 1 })]));
            writer.Content.Write("hello"u8);
            var file = new RegularFileNode(owned, writer.Content.Finish());
            var below = new DirectoryNode(owned);
            tree.Root.Set("d"u8, below);
            below.Set("f"u8, file);
            below.Set("again"u8, file);
            below.Set("out"u8, new SymlinkNode(owned, "/etc"u8.ToArray()));
            below.Set([0xFF], new SpecialNode(owned, SpecialKind.CharacterDevice, 1, 3));
            writer.Finish(tree, TestContext.Current.CancellationToken);
            disk.Flush();
        }

        using var reader = Ext4Reader.Open(folder["disk"], null, TestContext.Current.CancellationToken);
        var copy = new HostCopy(reader, reader.ReadTree(TestContext.Current.CancellationToken), StableStorage.Real, TestContext.Current.CancellationToken);
        Assert.Equal(1, copy.Copy("/d", folder["copy"]));
        Assert.Equal("755 0:0 1000000000\n", Tools.Check("stat", "-c", "%a %u:%g %Y", folder["copy/f"]));
        Assert.Equal("/etc", new FileInfo(folder["copy/out"]).LinkTarget);
        Assert.Equal(["again", "f", "out"], Directory.EnumerateFileSystemEntries(folder["copy"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(0, copy.Copy("/d/f", folder["copy"]));
        File.WriteAllText(folder["mine"], "mine");
        copy.Copy("/d/f", folder["mine"]);
        Assert.Equal("hello", File.ReadAllText(folder["mine"]));
        Assert.Equal(ErrorCodes.Io, Assert.Throws<LoamException>(() => copy.Copy("/d", folder["mine"])).Code);
        Assert.Equal(ErrorCodes.Io, Assert.Throws<LoamException>(() => copy.Copy("/d", folder["none/below"])).Code);
        Assert.Equal(ErrorCodes.Io, Assert.Throws<LoamException>(() => copy.Copy("/none", folder["x"])).Code);
        Assert.Equal(["copy", "disk", "mine"], Directory.EnumerateFileSystemEntries(folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }
}
