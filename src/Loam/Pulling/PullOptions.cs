using Loam.Store;

namespace Loam;

/// <summary>Where an image's disk comes from.</summary>
public enum DiskSource
{
    /// <summary>It is built from the layers.</summary>
    Build,

    /// <summary>It is fetched where the registry has one that was built with the same options, else built.</summary>
    Prefer,

    /// <summary>It is fetched; where the registry has none, the call fails.</summary>
    Require,

    /// <summary>There is no disk: the layers are stored and their contents checked.</summary>
    None,
}

/// <summary>How an image is pulled.</summary>
public sealed record PullOptions
{
    /// <summary>The platform it is to run on.</summary>
    public Platform Platform { get; init; } = Platform.Host;

    /// <summary>How its disk is made.</summary>
    public DiskOptions Disk { get; init; } = new();

    /// <summary>A shell command to run as the guest's init, in the image's environment; null for the disk's own init.</summary>
    public string? GuestCommand { get; init; }

    /// <summary>How many blobs are fetched at once.</summary>
    public int Jobs { get; init; } = 4;

    /// <summary>Whether blobs are fetched and the disk is made again although they are in the store.</summary>
    public bool Force { get; init; }

    /// <summary>Where the disk comes from.</summary>
    public DiskSource DiskSource { get; init; }

    /// <summary>A folder to write the merged tree to as files; null for none. Only for disks under a path of the caller's.</summary>
    public string? StagePath { get; init; }

    internal DiskOptions DiskFor(ResolvedImage image) =>
        GuestCommand is null ? Disk : Disk with { GuestInit = GuestInit.FromCommand(GuestCommand, image.Config) };
}
