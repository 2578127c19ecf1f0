using Loam.Files;
using Loam.Machines.Guest;
using Loam.TestKit;

namespace Loam.Machines.Tests.Guest;

/// <summary>The first root of a kernel is kept for as long as what is in it stays the same.</summary>
public sealed class InitramfsTests
{
    [Fact]
    public void Other_content_makes_another_one()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["busybox"], "one");
        File.WriteAllText(folder["modules.builtin"], "virtio_mmio.ko\nvirtio_blk.ko\nvirtio_console.ko\n");
        File.WriteAllText(folder["modules.dep"], "ext4.ko:\n");
        File.WriteAllText(folder["ext4.ko"], "module");
        File.SetLastWriteTimeUtc(folder["ext4.ko"], DateTime.UnixEpoch);
        string Make() => new Initramfs(folder["machines"], StableStorage.Real).For(new KernelImage("/k", folder.Path), folder["busybox"]);

        var first = Make();
        Assert.Contains("module", File.ReadAllText(first), StringComparison.Ordinal);
        Assert.Equal(first, Make());
        File.WriteAllText(folder["busybox"], "two");
        var second = Make();
        Assert.NotEqual(first, second);

        // A module of the same length from a package that was installed again.
        File.WriteAllText(folder["ext4.ko"], "MODULE");
        File.SetLastWriteTimeUtc(folder["ext4.ko"], DateTime.UnixEpoch.AddDays(1));
        var third = Make();
        Assert.NotEqual(second, third);
        Assert.Contains("MODULE", File.ReadAllText(third), StringComparison.Ordinal);
    }
}
