using Loam.Layers;

namespace Loam.Pulling;

/// <summary>Checks what layers hold where no disk is built of them: else nothing would look at it.</summary>
internal static class LayerCheck
{
    private const int MaximumAtOnce = 4;

    /// <summary>Inflates layers, which may still be arriving, and compares their contents with their diff IDs.</summary>
    /// <param name="layers">The layers, lowest first; one that comes twice is read once.</param>
    /// <param name="progress">Receives the number of bytes of each layer read so far; null for none.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="LoamException"><see cref="ErrorCodes.DiffIdMismatch"/>, <see cref="ErrorCodes.LayerDamaged"/>; what kept a
    /// layer from arriving.</exception>
    public static Task RunAsync(IReadOnlyList<Layer> layers, IProgress<WorkProgress>? progress, CancellationToken cancellationToken) => Parallel.ForEachAsync(
        layers.Index().DistinctBy(layer => (layer.Item.Blob.Digest, layer.Item.DiffId)),
        new ParallelOptions { MaxDegreeOfParallelism = Math.Min(MaximumAtOnce, Environment.ProcessorCount), CancellationToken = cancellationToken },
        async (layer, cancel) => await CheckAsync(layer.Item, layer.Index, progress, cancel).ConfigureAwait(false));

    private static async Task CheckAsync(Layer layer, int number, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        var found = layer.DiffId;
        if (layer.Blob.Digest != layer.DiffId)
        {
            try
            {
                found = await Task.Run(
                    () => LayerContent.DigestOf(layer.OpenUncompressed(Report, cancellationToken), layer.DiffId, cancellationToken),
                    cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is LoamException or FileNotFoundException)
            {
                // What came may make no sense because it is not what was asked for; then that is the failure.
                await layer.Verified.WaitAsync(cancellationToken).ConfigureAwait(false);
                throw;
            }
        }

        await layer.Verified.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (found != layer.DiffId)
        {
            throw new LoamException(
                ErrorCodes.DiffIdMismatch, $"layer {layer.Blob.Digest} has content with digest {found}; the configuration says {layer.DiffId}");
        }

        void Report(long done) => progress?.Report(new WorkProgress(WorkPhase.Scan, number, layer.Blob.Digest, done, layer.Blob.Size));
    }
}
