namespace Loam.Cli.Output;

internal sealed record PlatformJson(string Os, string Architecture, string? Variant)
{
    public static PlatformJson From(Platform platform) => new(platform.Os, platform.Architecture, platform.Variant);
}

/// <summary>An image as <c>image list</c> shows it; <c>docs/schemas/image-list.schema.json</c> describes it.</summary>
internal sealed record ImageJson(
    string ImageRef, string ResolvedRef, string Digest, PlatformJson Platform, string OutputPath, long SizeBytes, string LastUsedAt)
{
    public static ImageJson From(ImageRecord image) => new(
        image.ImageRef,
        image.ResolvedRef,
        image.Digest.ToString(),
        PlatformJson.From(image.Platform),
        image.OutputPath,
        image.SizeBytes,
        Times.Format(image.LastUsedAt));
}

internal sealed record ImageListJson(IReadOnlyList<ImageJson> Images);
