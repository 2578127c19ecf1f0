using Loam.Archives;
using Loam.Disks;
using Loam.Store;

namespace Loam.Pulling;

/// <summary>The disks of the images of one archive: built all, then made visible one by one.</summary>
internal sealed class DiskSet(ImageStore store, DiskOptions options) : IDisposable
{
    private readonly Dictionary<DiskKey, StagedDisk> _disks = [];

    /// <summary>Builds what is not in the store. Other processes that want one of these disks wait meanwhile.</summary>
    /// <exception cref="LoamException">A layer is damaged or hostile, or an image does not fit.</exception>
    public async Task BuildAsync(IReadOnlyList<ArchiveImage> images, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        // All locks are held at once, so they are taken in the one order that all loads keep.
        var layersBefore = 0;
        foreach (var image in images.DistinctBy(KeyOf).OrderBy(image => KeyOf(image).Hex, StringComparer.Ordinal))
        {
            var shifted = progress is null ? null : new Shifted(progress, layersBefore);
            var staged = await store.Disks.StageAsync(
                KeyOf(image),
                again: false,
                async path => await ImageDisk.BuildAsync(image.Image, image.Layers, path, options, stagePath: null, store.Storage, shifted, cancellationToken)
                    .ConfigureAwait(false),
                cancellationToken).ConfigureAwait(false);
            _disks.Add(KeyOf(image), staged!);
            layersBefore += image.Image.Manifest.Layers.Count;
        }
    }

    /// <summary>Makes an image's disk visible, if it is not already.</summary>
    /// <returns>Its path relative to the images' folder, its record, and whether it is new.</returns>
    public (string Path, DiskRecord Record, bool IsNew) Publish(ArchiveImage image)
    {
        var key = KeyOf(image);
        var staged = _disks[key];
        staged.Publish();
        if (!staged.IsNew)
        {
            store.Disks.Touch(key);
        }

        return (DiskStore.InsideOf(key), staged.Record, staged.IsNew);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var staged in _disks.Values)
        {
            staged.Dispose();
        }
    }

    private DiskKey KeyOf(ArchiveImage image) => DiskKey.Of(image.Image.Descriptor.Digest, options);

    /// <summary>Numbers the layers of a later image after those of the earlier ones.</summary>
    private sealed class Shifted(IProgress<WorkProgress> progress, int by) : IProgress<WorkProgress>
    {
        public void Report(WorkProgress value) => progress.Report(value with { Layer = value.Layer + by });
    }
}
