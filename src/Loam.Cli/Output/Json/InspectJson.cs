using System.Text.Json;

namespace Loam.Cli.Output;

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
    string Digest,
    long SizeBytes,
    long UncompressedBytes,
    int Added,
    int Changed,
    int Removed,
    long AddedBytes,
    long WastedBytes,
    IReadOnlyList<ChangeJson> Changes);

/// <summary>What <c>image inspect --tree</c> prints.</summary>
internal sealed record TreeJson(string ImageRef, string Digest, long WastedBytes, IReadOnlyList<LayerChangesJson> Layers);

/// <summary>What <c>image diff</c> prints.</summary>
internal sealed record DiffJson(IReadOnlyList<ChangeJson> Changes);
