namespace Loam;

/// <summary>What kind of archive is written.</summary>
public enum ArchiveFormat
{
    /// <summary>A docker-archive: <c>manifest.json</c>, configurations, uncompressed layers. One platform of each image.</summary>
    Docker,

    /// <summary>An OCI image layout; every blob byte for byte.</summary>
    Oci,
}

/// <summary>What an archive is compressed with as a whole.</summary>
public enum ArchiveCompression
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>gzip (RFC 1952).</summary>
    Gzip,

    /// <summary>zstd (RFC 8878).</summary>
    Zstd,
}

/// <summary>How images are saved. Equal images and options give equal bytes.</summary>
public sealed record SaveOptions
{
    /// <summary>The kind of archive.</summary>
    public ArchiveFormat Format { get; init; } = ArchiveFormat.Docker;

    /// <summary>What it is compressed with as a whole.</summary>
    public ArchiveCompression Compression { get; init; } = ArchiveCompression.None;

    /// <summary>Which platform of each image; null for that of this host where the format can hold one, for all that
    /// are in the store where it can hold many.</summary>
    public PlatformSelection? Platforms { get; init; }
}

/// <summary>An image that was saved.</summary>
/// <param name="ImageRef">Its name; null where it was given by digest alone.</param>
/// <param name="Digest">What the name refers to in the archive: a manifest, or an index of several platforms; for a
/// docker-archive the manifest in the store.</param>
/// <param name="ConfigDigests">Its configurations, one for each platform: Docker's image IDs.</param>
/// <param name="Platforms">What it runs on.</param>
public sealed record SavedImage(string? ImageRef, Digest Digest, IReadOnlyList<Digest> ConfigDigests, IReadOnlyList<Platform> Platforms);
