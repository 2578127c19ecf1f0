namespace Loam;

/// <summary>How an archive is loaded.</summary>
public sealed record LoadOptions
{
    /// <summary>Which platforms of each image.</summary>
    public PlatformSelection Platforms { get; init; } = PlatformSelection.Usual;

    /// <summary>A further name for the archive's first image.</summary>
    public ImageReference? Name { get; init; }

    /// <summary>How disks are made; null for none.</summary>
    public DiskOptions? Disk { get; init; } = new();

    /// <summary>What the archive may hold at most.</summary>
    public ArchiveLimits Limits { get; init; } = new();
}

/// <summary>An image that came out of an archive.</summary>
/// <param name="Names">Its records, one for each name; the first is the one that its disk's record names.</param>
/// <param name="Layers">How many layers it has.</param>
/// <param name="IndexDigest">The digest of the index that it was found by, if there was one.</param>
/// <param name="Disk">Its disk; null where none was wanted.</param>
/// <param name="UpToDate">Whether everything was in the store before.</param>
public sealed record LoadedImage(IReadOnlyList<ImageRecord> Names, int Layers, Digest? IndexDigest, DiskRecord? Disk, bool UpToDate);
