namespace Loam.Layers;

/// <summary>
/// A layer, wherever its bytes come from: a file of the store or of an archive, or a registry that is still sending.
/// Whatever provides layers ends here, and whatever uses them begins here.
/// </summary>
/// <param name="blob">The compressed blob.</param>
/// <param name="diffId">The digest of its uncompressed bytes.</param>
internal abstract class Layer(Descriptor blob, Digest diffId)
{
    /// <summary>The compressed blob.</summary>
    public Descriptor Blob => blob;

    /// <summary>The digest that the image's configuration states for the uncompressed bytes.</summary>
    public Digest DiffId => diffId;

    /// <summary>Ends when the compressed bytes are whole and known to have their digest; fails with what keeps them from it.</summary>
    public virtual Task Verified => Task.CompletedTask;

    /// <summary>Opens the compressed bytes, from the first to the last. Opening does not block; reads wait for what has not
    /// arrived.</summary>
    /// <param name="cancellationToken">Ends reads that wait.</param>
    /// <exception cref="LoamException">There are no such bytes; so do reads where they cannot be had.</exception>
    public abstract Stream OpenCompressed(CancellationToken cancellationToken);

    /// <summary>Opens the uncompressed bytes. Whoever reads them compares them with the diff ID.</summary>
    /// <param name="read">Receives the number of compressed bytes read so far; null for none.</param>
    /// <param name="cancellationToken">Ends reads that wait.</param>
    /// <exception cref="LoamException">As <see cref="OpenCompressed"/>; reads fail where the layer is damaged, or compressed
    /// in a way that images do not use.</exception>
    public Stream OpenUncompressed(Action<long>? read, CancellationToken cancellationToken) =>
        new LayerStream(OpenCompressed(cancellationToken), blob.Digest, read);
}
