namespace Loam;

/// <summary>How a disk becomes an image. Equal disks, bases and options give an equal image.</summary>
public sealed record CommitOptions
{
    /// <summary>What the image runs on; null for what its base, or its workspace, runs on.</summary>
    public Platform? Platform { get; init; }

    /// <summary>Whether the base image's layers are kept, and only what changed becomes a layer above them.</summary>
    public bool Layered { get; init; }

    /// <summary>The image of the store that the disk was made from, as <see cref="ImageStore.Find"/> takes it; null for what
    /// the workspace remembers.</summary>
    public string? Base { get; init; }

    /// <summary>How the new layer is compressed.</summary>
    public LayerCompression Compression { get; init; } = LayerCompression.Default;

    /// <summary>The author; null for the author that the base image names.</summary>
    public string? Author { get; init; }

    /// <summary>A note for the image's history.</summary>
    public string? Message { get; init; }

    /// <summary>Changes of the configuration as Dockerfiles write them: <c>ENV A=b</c>, <c>CMD ["sh"]</c>…</summary>
    public IReadOnlyList<string> Changes { get; init; } = [];

    /// <summary>When the image says it was made; null for when its base does, else for the epoch. No clock is read.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>The path of an external debugfs to extract the disk with, which loses much; null for Loam's own reader.</summary>
    public string? Debugfs { get; init; }
}

/// <summary>A layer that a commit made.</summary>
/// <param name="Blob">Its blob.</param>
/// <param name="DiffId">The digest of its uncompressed bytes.</param>
/// <param name="UncompressedSize">Their length.</param>
/// <param name="Entries">How many names it states or hides.</param>
public sealed record CommittedLayer(Descriptor Blob, Digest DiffId, long UncompressedSize, long Entries);

/// <summary>An image that was made from a disk.</summary>
/// <param name="Image">Its record.</param>
/// <param name="ConfigDigest">The digest of its configuration.</param>
/// <param name="Layers">Its layers, lowest first.</param>
/// <param name="Layer">The new one among them; null where nothing had changed.</param>
/// <param name="Warnings">What could not be kept, a sentence each.</param>
public sealed record CommittedImage(
    ImageRecord Image, Digest ConfigDigest, IReadOnlyList<Descriptor> Layers, CommittedLayer? Layer, IReadOnlyList<string> Warnings);
