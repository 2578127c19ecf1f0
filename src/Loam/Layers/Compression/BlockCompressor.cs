namespace Loam.Layers;

/// <summary>Compresses one block after another, each on its own, so that several can work side by side and the result is
/// the same as if one had.</summary>
internal abstract class BlockCompressor : IDisposable
{
    /// <summary>Appends a block to an output that is empty.</summary>
    /// <returns>The block's CRC-32 where the format needs it, else 0.</returns>
    public abstract uint Compress(ReadOnlySpan<byte> block, MemoryStream output);

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }
}
