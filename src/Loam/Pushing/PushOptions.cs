namespace Loam;

/// <summary>How an image is pushed.</summary>
public sealed record PushOptions
{
    /// <summary>Which of an image's platforms is meant; null for the one in the store.</summary>
    public Platform? Platform { get; init; }

    /// <summary>Whether the whole index is pushed, with the images of all its platforms.</summary>
    public bool AllPlatforms { get; init; }

    /// <summary>How many blobs are sent at once.</summary>
    public int Jobs { get; init; } = 4;
}

/// <summary>What a push did.</summary>
/// <param name="Source">The image that was pushed.</param>
/// <param name="Destination">Where it is now.</param>
/// <param name="Digest">Its digest in the registry: that of its manifest, or of its index.</param>
/// <param name="Uploaded">Blobs whose bytes were sent.</param>
/// <param name="UploadedBytes">How many bytes these have.</param>
/// <param name="Mounted">Blobs that the registry copied from another of its repositories.</param>
/// <param name="Present">Blobs that the registry already had.</param>
public sealed record PushedImage(
    ImageReference Source, ImageReference Destination, Digest Digest, int Uploaded, long UploadedBytes, int Mounted, int Present);
