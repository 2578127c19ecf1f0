namespace Loam.Machines.Machine;

/// <summary>A machine to start.</summary>
internal sealed record MachineSpec
{
    /// <summary>What it is called: its guest's host name.</summary>
    public required string Name { get; init; }

    /// <summary>The folder that it works in: its sockets, its console and the record of its run.</summary>
    public required string Folder { get; init; }

    /// <summary>The disk's path.</summary>
    public required string Disk { get; init; }

    /// <summary>Whether what the guest writes is kept.</summary>
    public required bool KeepsWrites { get; init; }

    /// <summary>Memory in MiB.</summary>
    public required int MemoryMib { get; init; }

    /// <summary>Processors.</summary>
    public required int Cpus { get; init; }

    /// <summary>The guest's processor, as Go names it.</summary>
    public required string Architecture { get; init; }

    /// <summary>The kernel to boot; null for the default one.</summary>
    public string? Kernel { get; init; }

    /// <summary>What the guest prints.</summary>
    public string ConsolePath => Path.Combine(Folder, QemuArguments.ConsoleName);
}
