using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Loam.Cli;

internal sealed record ErrorEnvelope(ErrorBody Error);

internal sealed record ErrorBody(string Code, string Message, string Hint, IReadOnlyDictionary<string, string> Details);

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

internal sealed record VersionJson(string Version, string Runtime, string Platform);

/// <summary>The JSON that the program prints: snake_case, fields that do not apply left out.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ErrorEnvelope))]
[JsonSerializable(typeof(ImageListJson))]
[JsonSerializable(typeof(PulledJson))]
[JsonSerializable(typeof(VersionJson))]
[JsonSerializable(typeof(DoctorJson))]
[JsonSerializable(typeof(WorkspaceJson))]
[JsonSerializable(typeof(WorkspaceListJson))]
[JsonSerializable(typeof(WorkspaceChangeJson))]
internal sealed partial class CliJson : JsonSerializerContext
{
    /// <summary>One line.</summary>
    public static CliJson Compact => field ??= With(indented: false);

    /// <summary>Indented, for results.</summary>
    public static CliJson Indented => field ??= With(indented: true);

    // Output goes to terminals and programs, never into HTML, so `+` and `'` stay as they are.
    private static CliJson With(bool indented) => new(new JsonSerializerOptions(Default.Options)
    {
        WriteIndented = indented,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
