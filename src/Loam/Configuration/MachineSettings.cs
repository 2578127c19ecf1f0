namespace Loam;

/// <summary>What <c>config.json</c> says about machines; null where it says nothing.</summary>
/// <param name="Kernel">The kernel to boot.</param>
/// <param name="Qemu">QEMU's program.</param>
/// <param name="Busybox">A statically linked busybox.</param>
/// <param name="Accelerator"><c>kvm</c> or <c>tcg</c>; null to find out which works.</param>
public sealed record MachineSettings(string? Kernel, string? Qemu, string? Busybox, string? Accelerator);
