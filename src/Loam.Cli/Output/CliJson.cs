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

/// <summary>What <c>image push</c> prints.</summary>
internal sealed record PushedJson(
    string ImageRef, string DestinationRef, string Digest, int UploadedBlobs, long UploadedBytes, int MountedBlobs, int PresentBlobs);

/// <summary>What <c>tags</c> prints.</summary>
internal sealed record TagsJson(string Repository, IReadOnlyList<string> Tags);

/// <summary>What <c>registry login</c> prints.</summary>
internal sealed record LoginJson(string Registry, string Username, bool Verified, string Path);

/// <summary>What <c>registry logout</c> prints: where one was logged out.</summary>
internal sealed record LogoutJson(IReadOnlyList<string> Registries);

/// <summary>Where one is logged in; <c>docs/schemas/registry-list.schema.json</c> describes the list.</summary>
internal sealed record RegistryLoginJson(string Registry, string? Username, string Source, string Where)
{
    public static RegistryLoginJson From(RegistryLogin login) => new(login.Registry, login.UserName, login.Source, login.Where);
}

internal sealed record RegistryListJson(IReadOnlyList<RegistryLoginJson> Registries);

/// <summary>What <c>registry list --explain</c> prints: the source that decides, and what each source said.</summary>
internal sealed record ExplainJson(string ImageRef, string Source, string? Username, IReadOnlyList<ExplainStepJson> Steps, IReadOnlyList<string> Warnings);

internal sealed record ExplainStepJson(string Source, bool Used, string Why);

internal sealed record FreedJson(string? Path, string? Digest, long SizeBytes, long FreedBytes)
{
    public static IReadOnlyList<FreedJson> Of(RemovalReport report, FreedKind kind) =>
    [
        .. report.Freed.Where(item => item.Kind == kind).Select(item => new FreedJson(
            kind == FreedKind.Blob ? null : item.Name, kind == FreedKind.Blob ? item.Name : null, item.SizeBytes, item.FreedBytes)),
    ];
}

internal sealed record KeptJson(string Name, string Reason);

/// <summary>What <c>image delete</c>, <c>image rm</c> and <c>image prune</c> print.</summary>
internal sealed record RemovalJson(
    bool DryRun,
    IReadOnlyList<ImageJson> Removed,
    IReadOnlyList<FreedJson> Disks,
    IReadOnlyList<FreedJson> Blobs,
    IReadOnlyList<FreedJson> Temporary,
    IReadOnlyList<FreedJson> Quarantined,
    IReadOnlyList<KeptJson> Kept,
    long FreedBytes)
{
    public static RemovalJson From(RemovalReport report) => new(
        report.DryRun,
        [.. report.Removed.Select(ImageJson.From)],
        FreedJson.Of(report, FreedKind.Disk),
        FreedJson.Of(report, FreedKind.Blob),
        FreedJson.Of(report, FreedKind.Temporary),
        FreedJson.Of(report, FreedKind.Quarantined),
        [.. report.Kept.Select(item => new KeptJson(item.Name, item.Reason))],
        report.FreedBytes);
}

internal sealed record LayerJson(
    string Digest, string DiffId, string MediaType, long SizeBytes, long? UncompressedBytes, string? CreatedBy);

internal sealed record HistoryJson(string? Created, string? CreatedBy, string? Comment, bool EmptyLayer, int? Layer);

internal sealed record DiskJson(
    string Path, string Filesystem, string Sha256, long SizeBytes, long FreeBytes, long Inodes, long FreeInodes, string Uuid, string Writer);

internal sealed record ChangeJson(string Change, string Path, bool Directory, long SizeBytes, IReadOnlyList<string>? What)
{
    public static ChangeJson From(PathChange change) => new(
        change.Kind switch { ChangeKind.Added => "added", ChangeKind.Removed => "removed", _ => "changed" },
        change.Path,
        change.IsDirectory,
        change.SizeBytes,
        change.What.Count > 0 ? change.What : null);
}

/// <summary>What <c>image inspect</c> prints: the fields of a list entry, and all that the image says of itself.</summary>
internal sealed record DetailsJson(
    string ImageRef,
    string ResolvedRef,
    string Digest,
    string? IndexDigest,
    PlatformJson Platform,
    string OutputPath,
    long SizeBytes,
    string LastUsedAt,
    IReadOnlyList<string> Names,
    IReadOnlyList<string> UsedBy,
    IReadOnlyList<LayerJson> Layers,
    IReadOnlyList<HistoryJson> History,
    DiskJson? Disk,
    JsonElement Manifest,
    JsonElement Config);

internal sealed record LayerChangesJson(
    string Digest, long SizeBytes, long UncompressedBytes, int Added, int Changed, int Removed, long AddedBytes, long WastedBytes, IReadOnlyList<ChangeJson> Changes);

/// <summary>What <c>image inspect --tree</c> prints.</summary>
internal sealed record TreeJson(string ImageRef, string Digest, long WastedBytes, IReadOnlyList<LayerChangesJson> Layers);

/// <summary>What <c>image diff</c> prints.</summary>
internal sealed record DiffJson(IReadOnlyList<ChangeJson> Changes);

internal sealed record ProblemJson(
    string Kind, string Name, string Message, IReadOnlyList<string> Images, string? QuarantinedTo, bool Mended);

/// <summary>What <c>store check</c> prints.</summary>
internal sealed record CheckJson(bool Whole, int Images, int Blobs, int Disks, long BytesRead, IReadOnlyList<ProblemJson> Problems);

internal sealed record UsageLineJson(int Count, long SizeBytes, long DiskBytes, long ReclaimableBytes)
{
    public static UsageLineJson From(UsageLine line) => new(line.Count, line.SizeBytes, line.AllocatedBytes, line.ReclaimableBytes);
}

/// <summary>What <c>store du</c> prints.</summary>
internal sealed record UsageJson(
    int Images, UsageLineJson Blobs, UsageLineJson Disks, UsageLineJson Unfinished, UsageLineJson Quarantined, UsageLineJson Workspaces, UsageLineJson Total);

internal sealed record VersionJson(string Version, string Runtime, string Platform);

/// <summary>The JSON that the program prints: snake_case, fields that do not apply left out.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ErrorEnvelope))]
[JsonSerializable(typeof(ImageListJson))]
[JsonSerializable(typeof(PulledJson))]
[JsonSerializable(typeof(PushedJson))]
[JsonSerializable(typeof(TagsJson))]
[JsonSerializable(typeof(LoginJson))]
[JsonSerializable(typeof(LogoutJson))]
[JsonSerializable(typeof(RegistryListJson))]
[JsonSerializable(typeof(ExplainJson))]
[JsonSerializable(typeof(DetailsJson))]
[JsonSerializable(typeof(TreeJson))]
[JsonSerializable(typeof(DiffJson))]
[JsonSerializable(typeof(CheckJson))]
[JsonSerializable(typeof(UsageJson))]
[JsonSerializable(typeof(RemovalJson))]
[JsonSerializable(typeof(VersionJson))]
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
