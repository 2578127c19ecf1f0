using Loam.Machines.Guest;
using Loam.Machines.Machine;

namespace Loam.Machines.Tests.Machine;

/// <summary>QEMU's command line.</summary>
public sealed class QemuArgumentsTests
{
    private static readonly MachineSpec Spec = new()
    {
        Name = "w",
        Folder = "/state/w",
        Disk = "/state/w/disk.ext4",
        KeepsWrites = true,
        MemoryMib = 384,
        Cpus = 3,
        Architecture = "amd64",
    };

    [Theory]
    [InlineData(true, "snapshot=off")]
    [InlineData(false, "snapshot=on")]
    public void A_disk_keeps_its_writes_only_where_it_is_to(bool keeps, string said)
    {
        var drive = After("-drive", Spec with { KeepsWrites = keeps });
        Assert.Contains(said, drive.Split(','));
        Assert.Contains("discard=unmap", drive.Split(','));
    }

    [Fact]
    public void A_comma_in_the_disk_s_path_is_no_option_of_its_own() =>
        Assert.EndsWith(",file=/a,,readonly=on", After("-drive", Spec with { Disk = "/a,readonly=on" }), StringComparison.Ordinal);

    [Fact]
    public void The_machine_is_what_was_asked_for_and_can_do_nothing_else()
    {
        Assert.Equal("384", After("-m", Spec));
        Assert.Equal("3", After("-smp", Spec));
        Assert.Equal("/k", After("-kernel", Spec));
        Assert.Equal("/i", After("-initrd", Spec));
        Assert.Equal("tcg", After("-accel", Spec));
        Assert.Equal("on,obsolete=deny,elevateprivileges=deny,spawn=deny", After("-sandbox", Spec));
        Assert.Contains("loam.hostname=w", After("-append", Spec).Split(' '));
        Assert.Contains("panic=-1", After("-append", Spec).Split(' '));
        Assert.Equal("unix:qmp.sock,server=on,wait=off", After("-qmp", Spec));
        Assert.Empty(((string[])["-nodefaults", "-no-user-config", "-no-reboot"]).Except(Of(Spec, "kvm")));
        Assert.Equal("host", Of(Spec, "kvm")[Of(Spec, "kvm").ToList().IndexOf("-cpu") + 1]);
    }

    private static IReadOnlyList<string> Of(MachineSpec spec, string accelerator) => QemuArguments.For(spec, new KernelImage("/k", "6.1"), "/i", accelerator);

    private static string After(string option, MachineSpec spec)
    {
        var arguments = Of(spec, "tcg").ToList();
        return arguments[arguments.IndexOf(option) + 1];
    }
}
