namespace Loam.Cli.Output;

/// <summary>What <c>image pull</c> and <c>rootfs build</c> print: the image's record, and the disk's facts.</summary>
internal sealed record PulledJson(
    string ImageRef,
    string ResolvedRef,
    string Digest,
    string? IndexDigest,
    PlatformJson Platform,
    string OutputPath,
    long SizeBytes,
    string LastUsedAt,
    string Sha256,
    long FreeBytes,
    long Inodes,
    int Layers,
    bool UpToDate,
    string? StagePath,
    IReadOnlyList<string> Warnings);
