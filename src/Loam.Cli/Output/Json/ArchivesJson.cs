namespace Loam.Cli.Output;

/// <summary>One name of an image that <c>image load</c> brought: an entry of the list, and the disk's facts.</summary>
internal sealed record LoadedJson(
    string ImageRef,
    string ResolvedRef,
    string Digest,
    string? IndexDigest,
    PlatformJson Platform,
    string? OutputPath,
    long SizeBytes,
    string LastUsedAt,
    string? Sha256,
    long? FreeBytes,
    long? Inodes,
    int Layers,
    bool UpToDate,
    IReadOnlyList<string> Warnings)
{
    public static LoadedJson From(LoadedImage image, ImageRecord name) => new(
        name.ImageRef,
        name.ResolvedRef,
        name.Digest.ToString(),
        image.IndexDigest?.ToString(),
        PlatformJson.From(name.Platform),
        image.Disk is null ? null : name.OutputPath,
        name.SizeBytes,
        Times.Format(name.LastUsedAt),
        image.Disk?.Disk.Sha256,
        image.Disk?.Disk.FreeBytes,
        image.Disk?.Disk.Inodes,
        image.Layers,
        image.UpToDate,
        image.Disk?.Warnings ?? []);
}

internal sealed record LoadedListJson(IReadOnlyList<LoadedJson> Images);

/// <summary>An image as <c>image save</c> wrote it.</summary>
internal sealed record SavedJson(string? ImageRef, string Digest, IReadOnlyList<string> ConfigDigests, IReadOnlyList<PlatformJson> Platforms)
{
    public static SavedJson From(SavedImage image) => new(
        image.ImageRef,
        image.Digest.ToString(),
        [.. image.ConfigDigests.Select(digest => digest.ToString())],
        [.. image.Platforms.Select(PlatformJson.From)]);
}

internal sealed record SavedListJson(IReadOnlyList<SavedJson> Images, string OutputPath, string Format, long SizeBytes);
