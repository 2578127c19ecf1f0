using Loam.Layers;
using Loam.Store;
using Loam.Telemetry;

namespace Loam.Pulling;

/// <summary>All layers of one image on their way into the store, some at once, the lowest first.</summary>
internal sealed class LayerFetch : IAsyncDisposable
{
    private readonly Dictionary<Digest, ArrivingBlob> _arriving = [];
    private readonly CancellationTokenSource _stop;
    private readonly SemaphoreSlim _turn;

    /// <summary>Starts fetching what the store does not have.</summary>
    public LayerFetch(
        ImageStore store,
        RegistryClient registry,
        ResolvedImage image,
        PullOptions options,
        IProgress<WorkProgress>? progress,
        CancellationToken cancellationToken)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _turn = new SemaphoreSlim(options.Jobs);
        Layers = [.. image.Manifest.Layers.Select((blob, number) => Start(store, registry, image, blob, number, options.Force, progress))];
    }

    /// <summary>The layers, lowest first, to be read while they arrive.</summary>
    public IReadOnlyList<Layer> Layers { get; }

    /// <summary>Stops what is still under way; bytes that came stay for the next pull.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_arriving.Values.Select(blob => blob.Completion)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
        _turn.Dispose();
    }

    private Layer Start(
        ImageStore store, RegistryClient registry, ResolvedImage image, Descriptor blob, int number, bool force, IProgress<WorkProgress>? progress)
    {
        var diffId = image.Config.RootFs.DiffIds[number];
        if (!_arriving.TryGetValue(blob.Digest, out var arriving))
        {
            if (!force && store.Blobs.Has(blob))
            {
                Instruments.CacheHits.Add(1, Instruments.Cached("layer"));
                return new StoredLayer(store.Blobs, blob, diffId);
            }

            Instruments.CacheMisses.Add(1, Instruments.Cached("layer"));
            var options = new ArrivalOptions(
                _turn, force, done => progress?.Report(new WorkProgress(WorkPhase.Download, number, blob.Digest, done, blob.Size)));
            arriving = new ArrivingBlob(store.Blobs, registry, image.Reference, blob, options, _stop.Token);
            _arriving.Add(blob.Digest, arriving);
        }

        return new ArrivingLayer(arriving, blob, diffId);
    }
}
