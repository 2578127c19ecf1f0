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
    IReadOnlyList<string> Warnings)
{
    public static PulledJson From(PulledImage pulled) => new(
        pulled.Image.ImageRef,
        pulled.Image.ResolvedRef,
        pulled.Image.Digest.ToString(),
        pulled.Disk!.IndexDigest?.ToString(),
        PlatformJson.From(pulled.Image.Platform),
        pulled.Image.OutputPath,
        pulled.Image.SizeBytes,
        Times.Format(pulled.Image.LastUsedAt),
        pulled.Disk!.Disk.Sha256,
        pulled.Disk!.Disk.FreeBytes,
        pulled.Disk!.Disk.Inodes,
        pulled.Disk!.Layers.Count,
        pulled.UpToDate,
        pulled.StagePath,
        pulled.Disk!.Warnings);
}
