using Loam.Images;

namespace Loam;

/// <summary>A manifest or an index as a registry sent it; its bytes have the digest.</summary>
/// <param name="MediaType">What it is.</param>
/// <param name="Digest">Its digest.</param>
/// <param name="Content">Its bytes.</param>
public sealed record FetchedManifest(string MediaType, Digest Digest, ReadOnlyMemory<byte> Content)
{
    /// <summary>Whether it refers to further manifests.</summary>
    public bool IsIndex => MediaTypes.IsIndex(MediaType);
}
