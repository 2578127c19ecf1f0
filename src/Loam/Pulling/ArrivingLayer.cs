using Loam.Layers;

namespace Loam.Pulling;

/// <summary>A layer whose blob is on its way into the store.</summary>
internal sealed class ArrivingLayer(BlobFetch fetch, Descriptor blob, Digest diffId) : Layer(blob, diffId)
{
    /// <inheritdoc/>
    public override Task Verified => fetch.Completion;

    /// <inheritdoc/>
#pragma warning disable VSTHRD002 // Opened on threads that block on reads anyway.
    public override Stream OpenCompressed(CancellationToken cancellationToken) => fetch.OpenReadAsync(cancellationToken).GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
}
