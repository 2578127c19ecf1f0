using System.Text.Json.Serialization;

namespace Loam;

/// <summary><c>disk.json</c>: what a disk is and where all of it came from.</summary>
public sealed record DiskRecord
{
    /// <summary>The version of this format: 1.</summary>
    [JsonPropertyName("schema")]
    public int Schema { get; init; } = 1;

    /// <summary>The reference that was given.</summary>
    [JsonPropertyName("image_ref")]
    public required string ImageRef { get; init; }

    /// <summary>The same image by digest.</summary>
    [JsonPropertyName("resolved_ref")]
    public required string ResolvedRef { get; init; }

    /// <summary>The manifest's digest.</summary>
    [JsonPropertyName("digest")]
    public required Digest Digest { get; init; }

    /// <summary>The digest of the index that the manifest was found by, if there was one.</summary>
    [JsonPropertyName("index_digest"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Digest? IndexDigest { get; init; }

    /// <summary>The digest of the image's configuration.</summary>
    [JsonPropertyName("config_digest")]
    public required Digest ConfigDigest { get; init; }

    /// <summary>What it runs on.</summary>
    [JsonPropertyName("platform"), JsonConverter(typeof(OciPlatformJsonConverter))]
    public required Platform Platform { get; init; }

    /// <summary>The layers, lowest first.</summary>
    [JsonPropertyName("layers")]
    public required IReadOnlyList<DiskLayer> Layers { get; init; }

    /// <summary>How it was made.</summary>
    [JsonPropertyName("options")]
    public required DiskOptionsRecord Options { get; init; }

    /// <summary>The disk itself.</summary>
    [JsonPropertyName("disk")]
    public required DiskFacts Disk { get; init; }

    /// <summary>The program that made it.</summary>
    [JsonPropertyName("tool")]
    public required DiskTool Tool { get; init; }

    /// <summary>Where the disk was fetched from, by digest; null for one that was built on this host.</summary>
    [JsonPropertyName("fetched_from"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? FetchedFrom { get; init; }

    /// <summary>What was left out because no Linux disk can hold it.</summary>
    [JsonPropertyName("warnings")]
    public IReadOnlyList<string> Warnings { get; init; } = [];
}

/// <summary>One layer of a disk's image.</summary>
/// <param name="Digest">Of the blob as it was pulled.</param>
/// <param name="DiffId">Of its uncompressed bytes.</param>
/// <param name="MediaType">As the manifest states it.</param>
/// <param name="Size">Of the blob in bytes.</param>
/// <param name="UncompressedSize">Of its uncompressed bytes; null in records that older versions wrote.</param>
public sealed record DiskLayer(Digest Digest, Digest DiffId, string MediaType, long Size, long? UncompressedSize = null);

/// <summary>The options a disk was made with.</summary>
/// <param name="Writer"><c>loam</c> or <c>mke2fs</c>.</param>
/// <param name="SizeMib">The given size in MiB, or null.</param>
/// <param name="GuestInitSha256">The SHA-256 of the injected init, or null.</param>
/// <param name="Exec">The command that the injected init runs, or null.</param>
public sealed record DiskOptionsRecord(string Writer, int? SizeMib, string? GuestInitSha256, string? Exec);

/// <summary>Facts of a finished disk.</summary>
/// <param name="File">The disk's file name.</param>
/// <param name="Filesystem"><c>ext4</c>.</param>
/// <param name="Sha256">The SHA-256 of the whole disk, holes read as zeros, in hex.</param>
/// <param name="SizeBytes">Its size.</param>
/// <param name="FreeBytes">Bytes a guest can still fill.</param>
/// <param name="Inodes">Inodes in use.</param>
/// <param name="FreeInodes">Inodes a guest can still use.</param>
/// <param name="Uuid">The file system's UUID.</param>
public sealed record DiskFacts(
    string File, string Filesystem, string Sha256, long SizeBytes, long FreeBytes, long Inodes, long FreeInodes, Guid Uuid);

/// <summary>The program that made a disk.</summary>
/// <param name="Name"><c>loam</c>.</param>
/// <param name="Version">Its version.</param>
public sealed record DiskTool(string Name, string Version);
