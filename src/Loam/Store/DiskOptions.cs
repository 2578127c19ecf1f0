namespace Loam;

/// <summary>How a disk is made from an image. Equal images and options give equal bytes.</summary>
public sealed record DiskOptions
{
    /// <summary>The disk's exact size in MiB; null to fit the content plus free space.</summary>
    public int? SizeMib { get; init; }

    /// <summary>A program to install as the guest's <c>/sbin/init</c>.</summary>
    public GuestInit? GuestInit { get; init; }

    /// <summary>The path of an external mke2fs to lay the disk out; null for Loam's own writer.</summary>
    public string? Mke2fs { get; init; }

    /// <summary>What the image's layers may hold at most.</summary>
    public LayerLimits Limits { get; init; } = new();

    /// <summary>The options that the disk's bytes depend on, as they are recorded.</summary>
    internal DiskOptionsRecord Record => new(Mke2fs is null ? "loam" : "mke2fs", SizeMib, GuestInit?.Sha256, GuestInit?.Command);
}
