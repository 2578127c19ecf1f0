using System.Globalization;
using Loam.Machines.Guest;

namespace Loam.Machines.Machine;

/// <summary>A machine as QEMU's arguments (qemu(1), <c>docs/system/i386/microvm.rst</c>): virtio devices and a serial
/// console. Files and sockets are named within the folder that QEMU runs in.</summary>
internal static class QemuArguments
{
    public const string ConsoleName = "console.log";
    public const string ControlName = "qmp.sock";
    public const string OrdersName = "agent";

    /// <summary>Each holds 31 ports; a program in the guest takes four.</summary>
    public const int SerialBuses = 4;

    /// <summary>The bus that a port can be added to.</summary>
    public static string Bus(int number) => string.Create(CultureInfo.InvariantCulture, $"serial{number}.0");

    /// <summary>A machine with a disk and an agent.</summary>
    /// <param name="spec">The machine.</param>
    /// <param name="kernel">The kernel.</param>
    /// <param name="initramfs">The first root.</param>
    /// <param name="accelerator"><c>kvm</c> or <c>tcg</c>.</param>
    public static IReadOnlyList<string> For(
        MachineSpec spec, KernelImage kernel, string initramfs, string accelerator)
    {
        var arguments = Machine(kernel, initramfs, accelerator, $"loam.hostname={spec.Name}", spec.MemoryMib, spec.Cpus);
        arguments.AddRange(["-qmp", $"unix:{ControlName},server=on,wait=off"]);
        arguments.AddRange(
            ["-drive", $"id=root,if=none,format=raw,discard=unmap,detect-zeroes=unmap,snapshot={(spec.KeepsWrites ? "off" : "on")},file={Escape(spec.Disk)}"]);
        arguments.AddRange(["-device", "virtio-blk-device,drive=root"]);
        for (var bus = 0; bus < SerialBuses; bus++)
        {
            arguments.AddRange(["-device", string.Create(CultureInfo.InvariantCulture, $"virtio-serial-device,id=serial{bus},max_ports=31")]);
        }

        arguments.AddRange(["-chardev", $"pipe,id=agent,path={OrdersName}", "-device", $"virtserialport,bus={Bus(0)},chardev=agent,name=loam.agent"]);
        return arguments;
    }

    /// <summary>A machine that only says that it came up.</summary>
    public static IReadOnlyList<string> ForTrial(KernelImage kernel, string initramfs, string accelerator) =>
        Machine(kernel, initramfs, accelerator, "loam.trial", memoryMib: 256, cpus: 1);

    private static List<string> Machine(KernelImage kernel, string initramfs, string accelerator, string word, int memoryMib, int cpus)
    {
        // edd=off: the firmware of this machine has no such service, and KVM hosts were seen to hang asking for it.
        var append = $"console=ttyS0 loglevel=4 panic=-1 reboot=t edd=off {word}";
        if (accelerator == Accelerator.Tcg && HostClock.TscKilohertz() is { } frequency)
        {
            // On a busy host an emulated guest fails to measure its clock, and then hangs; emulation shows it the host's.
            append += string.Create(CultureInfo.InvariantCulture, $" tsc_early_khz={frequency}");
        }

        return
        [
            "-M", "microvm,rtc=on", "-accel", accelerator, "-cpu", accelerator == Accelerator.Kvm ? "host" : "max",
            "-m", memoryMib.ToString(CultureInfo.InvariantCulture), "-smp", cpus.ToString(CultureInfo.InvariantCulture),
            "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none",
            "-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny",
            "-chardev", $"file,id=console,path={ConsoleName},append=on", "-serial", "chardev:console",
            "-kernel", kernel.Path, "-initrd", initramfs, "-append", append,
        ];
    }

    /// <summary>A comma within an option's value is written twice.</summary>
    private static string Escape(string value) => value.Replace(",", ",,", StringComparison.Ordinal);
}

/// <summary>The host's time stamp counter.</summary>
internal static class HostClock
{
    /// <summary>How fast it counts, as far as the kernel tells (<c>/proc/cpuinfo</c>, cpufreq); null where it does not.</summary>
    public static long? TscKilohertz()
    {
        const string BaseFrequency = "/sys/devices/system/cpu/cpu0/cpufreq/base_frequency";
        if (File.Exists(BaseFrequency) && long.TryParse(File.ReadAllText(BaseFrequency).AsSpan().Trim(), CultureInfo.InvariantCulture, out var stated))
        {
            return stated;
        }

        foreach (var line in File.ReadLines("/proc/cpuinfo"))
        {
            if (line.StartsWith("cpu MHz", StringComparison.Ordinal)
                && double.TryParse(line.AsSpan(line.IndexOf(':', StringComparison.Ordinal) + 1), CultureInfo.InvariantCulture, out var megahertz))
            {
                return (long)(megahertz * 1000);
            }
        }

        return null;
    }
}
