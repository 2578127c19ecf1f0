using Loam.Layers;

namespace Loam.Store;

/// <summary>A layer that is in the store.</summary>
internal sealed class StoredLayer(BlobStore blobs, Descriptor blob, Digest diffId) : Layer(blob, diffId)
{
    /// <exception cref="LoamException"><see cref="ErrorCodes.BlobMissing"/>.</exception>
    public override Stream OpenCompressed(CancellationToken cancellationToken) => blobs.OpenRead(Blob.Digest);
}
