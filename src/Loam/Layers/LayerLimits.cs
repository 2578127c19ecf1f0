namespace Loam;

/// <summary>What the layers of one image may contain at most. The defaults are far above every honest image.</summary>
public sealed record LayerLimits
{
    /// <summary>Entries of all layers together.</summary>
    public long MaximumEntries { get; init; } = 5_000_000;

    /// <summary>Uncompressed bytes of all layers together.</summary>
    public long MaximumUncompressedBytes { get; init; } = 512L << 30;

    /// <summary>The size of one file, holes included; the default is what ext4 can hold.</summary>
    public long MaximumFileBytes { get; init; } = (16L << 40) - 4096;

    /// <summary>Bytes of one PAX header or GNU long name.</summary>
    public int MaximumHeaderBytes { get; init; } = 1 << 20;

    /// <summary>Data ranges of one sparse file.</summary>
    public int MaximumSparseRanges { get; init; } = 1_000_000;
}
