namespace Loam;

/// <summary>What an archive may contain at most. The defaults are far above every honest archive.</summary>
public sealed record ArchiveLimits
{
    /// <summary>Files, folders and links.</summary>
    public int MaximumEntries { get; init; } = 200_000;

    /// <summary>Uncompressed bytes of the whole archive; nine tenths of the space that is free count too.</summary>
    public long MaximumBytes { get; init; } = 512L << 30;

    /// <summary>Bytes of <c>index.json</c>, <c>manifest.json</c> or <c>repositories</c>.</summary>
    public int MaximumDocumentBytes { get; init; } = 4 << 20;

    /// <summary>Bytes of all documents, manifests and configurations, each counted as often as the archive names it.</summary>
    public long MaximumDocumentsBytes { get; init; } = 256 << 20;
}
