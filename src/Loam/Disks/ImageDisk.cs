using System.Diagnostics;
using Loam.Files;
using Loam.Layers;
using Loam.Store;
using Loam.Telemetry;

namespace Loam.Disks;

/// <summary>One image's disk, and the record of how it came to be.</summary>
internal static class ImageDisk
{
    /// <summary>Writes the disk of an image to a new file and to stable storage.</summary>
    /// <exception cref="LoamException">A layer is damaged or hostile, or the image does not fit.</exception>
    public static async Task<DiskRecord> BuildAsync(
        ResolvedImage image,
        IReadOnlyList<Layer> layers,
        string path,
        DiskOptions options,
        string? stagePath,
        StableStorage storage,
        IProgress<WorkProgress>? progress,
        CancellationToken cancellationToken)
    {
        var builder = new DiskBuilder(DiskKey.Of(image.Descriptor.Digest, options), options, stagePath, storage, progress);
        var start = Stopwatch.GetTimestamp();
        var facts = await builder.BuildAsync(path, layers, cancellationToken).ConfigureAwait(false);
        Instruments.Disks.Add(1);
        Instruments.DiskDuration.Record(Stopwatch.GetElapsedTime(start).TotalSeconds);
        return new DiskRecord
        {
            ImageRef = image.Reference.ToString(),
            ResolvedRef = image.Reference.WithDigest(image.Descriptor.Digest).ResolvedName,
            Digest = image.Descriptor.Digest,
            IndexDigest = image.IndexDigest,
            ConfigDigest = image.Manifest.Config.Digest,
            Platform = image.Platform,
            Layers =
            [
                .. layers.Select((layer, number) =>
                    new DiskLayer(layer.Blob.Digest, layer.DiffId, layer.Blob.MediaType, layer.Blob.Size, builder.LayerBytes[number])),
            ],
            Options = options.Record,
            Disk = facts,
            Tool = new DiskTool("loam", LoamVersion.Text),
            Warnings = builder.Warnings,
        };
    }
}
