namespace Loam.Filesystems;

/// <summary>How an ext4 disk is read, and how much that may take.</summary>
public sealed record Ext4ReadOptions
{
    /// <summary>The most names the disk may hold.</summary>
    public long MaximumEntries { get; init; } = 5_000_000;

    /// <summary>The most memory, as estimated, that the tree and the reader's own notes may take. Contents do not count.</summary>
    public long MaximumMemoryBytes { get; init; } = 2L << 30;

    /// <summary>Whether an empty <c>/lost+found</c>, root's alone, is part of the tree. mke2fs and e2fsck make it.</summary>
    public bool KeepLostFound { get; init; }
}
