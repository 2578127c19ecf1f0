namespace Loam;

/// <summary>All that the store knows of an image.</summary>
/// <param name="Image">Its record.</param>
/// <param name="IndexDigest">The digest of the index that its manifest was found by, if there was one.</param>
/// <param name="ManifestBytes">The manifest as it was pulled.</param>
/// <param name="ConfigBytes">The configuration as it was pulled.</param>
/// <param name="Manifest">The manifest.</param>
/// <param name="Config">The configuration.</param>
/// <param name="Layers">Its layers, lowest first.</param>
/// <param name="History">How it was made, lowest first.</param>
/// <param name="Disk">Its disk's record; null where it has no disk in the store.</param>
/// <param name="Names">All names of the same manifest.</param>
/// <param name="UsedBy">The workspaces that were made from it.</param>
public sealed record ImageDetails(
    ImageRecord Image,
    Digest? IndexDigest,
    ReadOnlyMemory<byte> ManifestBytes,
    ReadOnlyMemory<byte> ConfigBytes,
    ImageManifest Manifest,
    ImageConfig Config,
    IReadOnlyList<LayerDetails> Layers,
    IReadOnlyList<HistoryStep> History,
    DiskRecord? Disk,
    IReadOnlyList<string> Names,
    IReadOnlyList<string> UsedBy);

/// <summary>One layer.</summary>
/// <param name="Blob">The blob.</param>
/// <param name="DiffId">The digest of its uncompressed bytes.</param>
/// <param name="UncompressedBytes">Their length; null where neither the disk nor the blob is in the store.</param>
/// <param name="CreatedBy">The command that made it, as the history says.</param>
public sealed record LayerDetails(Descriptor Blob, Digest DiffId, long? UncompressedBytes, string? CreatedBy);

/// <summary>One step of making an image.</summary>
/// <param name="Entry">What the configuration says.</param>
/// <param name="Layer">The number of its layer, 0 the lowest; null where it changed no file, or the history does not fit
/// the layers.</param>
public sealed record HistoryStep(HistoryEntry Entry, int? Layer);
