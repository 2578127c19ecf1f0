namespace Loam.Layers;

/// <summary>A layer as a disk is built from it: its bytes may still be arriving.</summary>
/// <param name="Blob">The compressed blob.</param>
/// <param name="DiffId">The digest of its uncompressed bytes.</param>
/// <param name="OpenAsync">Opens the blob from its first byte; reads wait for what has not arrived.</param>
/// <param name="Verified">Ends when the blob is whole and has its digest.</param>
internal sealed record LayerSource(Descriptor Blob, Digest DiffId, Func<CancellationToken, Task<Stream>> OpenAsync, Task Verified);
