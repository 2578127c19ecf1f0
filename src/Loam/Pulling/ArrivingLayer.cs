using Loam.Layers;

namespace Loam.Pulling;

/// <summary>A layer whose blob is on its way into the store.</summary>
internal sealed class ArrivingLayer(ArrivingBlob arriving, Descriptor blob, Digest diffId) : Layer(blob, diffId)
{
    /// <inheritdoc/>
    public override Task Verified => arriving.Completion;

    /// <inheritdoc/>
    public override Stream OpenCompressed(CancellationToken cancellationToken) => arriving.OpenRead(cancellationToken);
}
