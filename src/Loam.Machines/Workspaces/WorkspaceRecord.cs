using System.Text.Json.Serialization;
using Loam.Machines.Machine;

namespace Loam.Machines;

/// <summary><c>workspace.json</c>: what a workspace was made from and how its machine is started.</summary>
public sealed record WorkspaceRecord
{
    /// <summary>The version of this format: 1.</summary>
    [JsonPropertyName("schema")]
    public int Schema { get; init; } = 1;

    /// <summary>The workspace's name; its guest's host name too.</summary>
    [JsonPropertyName("name")]
    public required string Name { get; init; }

    /// <summary>The image's full reference; null where the disk came from a file.</summary>
    [JsonPropertyName("image")]
    public string? Image { get; init; }

    /// <summary>The digest of the image's manifest.</summary>
    [JsonPropertyName("image_digest")]
    public Digest? ImageDigest { get; init; }

    /// <summary>The hexadecimal name of the store's disk that this one started as; see <see cref="DiskKey"/>.</summary>
    [JsonPropertyName("disk")]
    public string? Disk { get; init; }

    /// <summary>Whether the machine runs on the store's own disk, keeps nothing, and is removed when it ends.</summary>
    [JsonPropertyName("throwaway")]
    public bool Throwaway { get; init; }

    /// <summary>The guest's processor, as Go names it.</summary>
    [JsonPropertyName("architecture")]
    public required string Architecture { get; init; }

    /// <summary>The guest's memory in MiB.</summary>
    [JsonPropertyName("memory_mib")]
    public int MemoryMib { get; init; } = WorkspaceOptions.DefaultMemoryMib;

    /// <summary>The guest's processors.</summary>
    [JsonPropertyName("cpus")]
    public int Cpus { get; init; } = 1;

    /// <summary>Further environment, <c>NAME=value</c> each; stronger than the image's.</summary>
    [JsonPropertyName("env")]
    public IReadOnlyList<string> Env { get; init; } = [];

    /// <summary>The kernel to boot; null for the default one.</summary>
    [JsonPropertyName("kernel")]
    public string? Kernel { get; init; }

    /// <summary>Shell commands to run in the guest, once, before anything else.</summary>
    [JsonPropertyName("setup")]
    public IReadOnlyList<string> Setup { get; init; } = [];

    /// <summary>Whether they ran.</summary>
    [JsonPropertyName("setup_done")]
    public bool SetupDone { get; init; }

    /// <summary>What the image says about running it.</summary>
    [JsonPropertyName("config")]
    public RunConfig Config { get; init; } = new();

    /// <summary>When it was made.</summary>
    [JsonPropertyName("created_at")]
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>A program with the image's user, folder and environment, and the workspace's own environment.</summary>
    /// <param name="command">The program and its arguments.</param>
    /// <returns>The program, ready to run.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="command"/> is null.</exception>
    public GuestProgram ProgramOf(IReadOnlyList<string> command)
    {
        ArgumentNullException.ThrowIfNull(command);
        return new GuestProgram
        {
            Command = command,
            Env = [.. Config.Env ?? [], .. Env],
            User = Config.User is { Length: > 0 } user ? user : "0",
            Folder = Config.WorkingDir is { Length: > 0 } folder ? folder : "/",
            HostName = Name,
        };
    }

    /// <summary>The machine that boots it.</summary>
    /// <param name="folder">The workspace's folder.</param>
    /// <param name="disk">The disk.</param>
    internal MachineSpec MachineOf(string folder, string disk) => new()
    {
        Name = Name,
        Folder = folder,
        Disk = disk,
        KeepsWrites = !Throwaway,
        MemoryMib = MemoryMib,
        Cpus = Cpus,
        Architecture = Architecture,
        Kernel = Kernel,
    };
}

/// <summary>How a workspace is made.</summary>
public sealed record WorkspaceOptions
{
    /// <summary>The memory of a guest where none is given, in MiB.</summary>
    public const int DefaultMemoryMib = 512;

    /// <summary>The guest's memory in MiB.</summary>
    public int MemoryMib { get; init; } = DefaultMemoryMib;

    /// <summary>The guest's processors.</summary>
    public int Cpus { get; init; } = 1;

    /// <summary>The disk's size in MiB; null for the size that its origin has.</summary>
    public int? SizeMib { get; init; }

    /// <summary>Further environment, <c>NAME=value</c> each.</summary>
    public IReadOnlyList<string> Env { get; init; } = [];

    /// <summary>The kernel to boot; null for the default one.</summary>
    public string? Kernel { get; init; }

    /// <summary>Shell commands to run in the guest once, at its first start.</summary>
    public IReadOnlyList<string> Setup { get; init; } = [];
}
