using System.Text;
using Loam.Filesystems.Ext4.Layout;

namespace Loam.Filesystems;

/// <summary>How an ext4 disk is to be made. Nothing is taken from a clock or a random source: equal options, trees and contents
/// give equal bytes.</summary>
public sealed record Ext4Options
{
    /// <summary>The file system's UUID; null for one that is derived from these options, from all names and metadata of the tree,
    /// from where its contents are, and from a checksum of their bytes.</summary>
    public Guid? Uuid { get; init; }

    /// <summary>The seed of the directory hash; null for one that is derived as the UUID is.</summary>
    public Guid? HashSeed { get; init; }

    /// <summary>The exact size of the disk in bytes, a multiple of 4,096; null to fit the content plus free space.</summary>
    public long? SizeBytes { get; init; }

    /// <summary>Without a size: free space is the larger of this many bytes and <see cref="FreePercent"/> of the content.</summary>
    public long MinimumFreeBytes { get; init; } = 64L << 20;

    /// <summary>Without a size: free space in percent of the content.</summary>
    public int FreePercent { get; init; } = 10;

    /// <summary>The volume's label, at most 16 bytes of UTF-8.</summary>
    public string VolumeLabel { get; init; } = "";

    /// <summary>What is wrong with a value; null if a disk can have them all.</summary>
    internal string? FindFault() =>
        SizeBytes is not (null or > 0) || (SizeBytes ?? 0) % DiskFile.BlockSize != 0
            ? $"{nameof(SizeBytes)} is {SizeBytes}, not a multiple of {DiskFile.BlockSize}"
            : MinimumFreeBytes < 0 ? $"{nameof(MinimumFreeBytes)} is {MinimumFreeBytes}"
            : FreePercent < 0 ? $"{nameof(FreePercent)} is {FreePercent}"
            : Encoding.UTF8.GetByteCount(VolumeLabel) > SuperblockLayout.LabelBytes ? $"{nameof(VolumeLabel)} has more than {SuperblockLayout.LabelBytes} bytes"
            : null;
}

/// <summary>Facts of a finished disk.</summary>
/// <param name="SizeBytes">The disk's size.</param>
/// <param name="FreeBytes">Bytes a guest can still fill.</param>
/// <param name="Inodes">Inodes in use.</param>
/// <param name="FreeInodes">Inodes a guest can still use.</param>
/// <param name="Uuid">The file system's UUID, stated or derived.</param>
public sealed record Ext4Summary(long SizeBytes, long FreeBytes, long Inodes, long FreeInodes, Guid Uuid);
