namespace Loam.Store;

/// <summary>A name in the store: what a manifest is called, what it runs on, and where its disk is. Two are equal where
/// everything that Loam says of a name is equal; what other tools noted beside it does not count.</summary>
internal sealed record NamedImage
{
    /// <summary>The full reference; null where another tool put the manifest into the layout without a name.</summary>
    public string? Name { get; init; }

    /// <summary>The manifest's digest.</summary>
    public required Digest Digest { get; init; }

    /// <summary>The manifest's media type; other tools may name an index.</summary>
    public required string MediaType { get; init; }

    /// <summary>The manifest's length in bytes.</summary>
    public required long Size { get; init; }

    /// <summary>What it runs on; null where another tool left it out.</summary>
    public Platform? Platform { get; init; }

    /// <summary>Its disk, relative to the images' folder or absolute; null where none was made.</summary>
    public string? Disk { get; init; }

    /// <summary>The digest of the index that the manifest was found by, if there was one.</summary>
    public Digest? Index { get; init; }

    /// <summary>For an artifact that another tool put there: what it is.</summary>
    public string? ArtifactType { get; init; }

    /// <summary>Annotations of other tools, in their order; they survive every rewrite of <c>index.json</c>.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Foreign { get; init; } = [];

    /// <summary>The manifest's descriptor, without annotations.</summary>
    public Descriptor Manifest => new()
    {
        MediaType = MediaType,
        Digest = Digest,
        Size = Size,
        Platform = Platform,
        ArtifactType = ArtifactType,
    };

    /// <summary>Names a manifest.</summary>
    /// <param name="name">The name.</param>
    /// <param name="manifest">The manifest, with its platform.</param>
    /// <param name="index">The digest of the index that it was found by, if there was one.</param>
    /// <param name="disk">Its disk, relative to the images' folder or absolute; null where none was made.</param>
    public static NamedImage Of(ImageReference name, Descriptor manifest, Digest? index, string? disk) => new()
    {
        Name = name.ToString(),
        Digest = manifest.Digest,
        MediaType = manifest.MediaType,
        Size = manifest.Size,
        Platform = manifest.Platform,
        Index = index,
        Disk = disk,
    };

    /// <summary>Whether the name leads to a digest: its manifest's, or its index's.</summary>
    public bool LeadsTo(Digest digest) => Digest == digest || Index == digest;

    /// <inheritdoc/>
    public bool Equals(NamedImage? other) =>
        other is not null && Name == other.Name && Digest == other.Digest && Platform == other.Platform && Disk == other.Disk && Index == other.Index;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Digest);
}
