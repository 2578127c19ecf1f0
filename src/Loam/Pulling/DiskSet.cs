using Loam.Archives;
using Loam.Disks;
using Loam.Store;

namespace Loam.Pulling;

/// <summary>The disks of the images of one archive: built all, then made visible one by one.</summary>
internal sealed class DiskSet(ImageStore store, DiskOptions options) : IDisposable
{
    private readonly Dictionary<DiskKey, (StagingSlot Slot, DiskRecord Record, bool IsNew)> _disks = [];

    /// <summary>Builds what is not here. Other processes that want one of these disks wait meanwhile.</summary>
    /// <exception cref="LoamException">A layer is damaged or hostile, or an image does not fit.</exception>
    public async Task BuildAsync(IReadOnlyList<ArchiveImage> images, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        // All locks are held at once, so they are taken in the one order that all loads keep.
        var wanted = images.DistinctBy(KeyOf).OrderBy(image => KeyOf(image).Hex, StringComparer.Ordinal);
        var layersBefore = 0;
        foreach (var image in wanted)
        {
            var slot = await store.Disks.ReserveAsync(KeyOf(image), cancellationToken).ConfigureAwait(false);
            try
            {
                var found = store.Disks.Find(KeyOf(image));
                var record = found ?? await BuildAsync(slot, image, progress is null ? null : new Shifted(progress, layersBefore), cancellationToken).ConfigureAwait(false);
                _disks.Add(KeyOf(image), (slot, record, found is null));
            }
            catch
            {
                slot.Dispose();
                throw;
            }

            layersBefore += image.Image.Manifest.Layers.Count;
        }
    }

    /// <summary>Makes an image's disk visible, if it is not already.</summary>
    /// <returns>Its path relative to the images' folder, its record, and whether it is new.</returns>
    public (string Path, DiskRecord Record, bool IsNew) Publish(ArchiveImage image)
    {
        var key = KeyOf(image);
        var (slot, record, isNew) = _disks[key];
        if (isNew && Directory.Exists(slot.Folder))
        {
            store.Disks.Publish(slot, key);
        }
        else if (!isNew)
        {
            store.Disks.Touch(key);
        }

        return (Path.Combine(key.FolderName, DiskStore.DiskName), record, isNew);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (slot, _, _) in _disks.Values)
        {
            slot.Dispose();
        }
    }

    private DiskKey KeyOf(ArchiveImage image) => DiskKey.Of(image.Image.Descriptor.Digest, options);

    private async Task<DiskRecord> BuildAsync(StagingSlot slot, ArchiveImage image, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(slot.Folder);
        var record = await ImageDisk.BuildAsync(
            image.Image, image.Layers, Path.Combine(slot.Folder, DiskStore.DiskName), options, stagePath: null, progress, cancellationToken).ConfigureAwait(false);
        DiskStore.WriteRecord(Path.Combine(slot.Folder, DiskStore.RecordName), record);
        return record;
    }

    /// <summary>Numbers the layers of a later image after those of the earlier ones.</summary>
    private sealed class Shifted(IProgress<WorkProgress> progress, int by) : IProgress<WorkProgress>
    {
        public void Report(WorkProgress value) => progress.Report(value.Layer < 0 ? value : value with { Layer = value.Layer + by });
    }
}
