namespace Loam.Filesystems;

/// <summary>How an ext4 disk is to be made. Everything that another writer would take from a clock or a random
/// source is given here, so that equal options and trees give equal bytes.</summary>
public sealed record Ext4Options
{
    /// <summary>The file system's UUID.</summary>
    public required Guid Uuid { get; init; }

    /// <summary>The seed of the directory hash.</summary>
    public required Guid HashSeed { get; init; }

    /// <summary>The exact size of the disk in bytes, a multiple of 4,096; null to fit the content plus free space.</summary>
    public long? SizeBytes { get; init; }

    /// <summary>Without a size: free space is the larger of this many bytes and <see cref="FreePercent"/> of the content.</summary>
    public long MinimumFreeBytes { get; init; } = 64L << 20;

    /// <summary>Without a size: free space in percent of the content.</summary>
    public int FreePercent { get; init; } = 10;

    /// <summary>The volume's label, at most 16 bytes of UTF-8.</summary>
    public string VolumeLabel { get; init; } = "";
}

/// <summary>What a finished disk holds.</summary>
/// <param name="SizeBytes">The disk's size.</param>
/// <param name="FreeBytes">Bytes a guest can still fill.</param>
/// <param name="Inodes">Inodes in use.</param>
/// <param name="FreeInodes">Inodes a guest can still use.</param>
public sealed record Ext4Summary(long SizeBytes, long FreeBytes, long Inodes, long FreeInodes);
