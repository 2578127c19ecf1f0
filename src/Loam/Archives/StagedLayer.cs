using Loam.Layers;

namespace Loam.Archives;

/// <summary>A layer of an archive that is being loaded.</summary>
internal sealed class StagedLayer(StagedFile file, Descriptor blob, Digest diffId) : Layer(blob, diffId)
{
    /// <inheritdoc/>
    public override Stream OpenCompressed(CancellationToken cancellationToken) => file.OpenRead();
}
