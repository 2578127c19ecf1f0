using System.Text.Json;
using Loam.Layers;
using Loam.Store;
using Loam.Streams;

namespace Loam.Archives;

/// <summary>
/// Writes images as a docker-archive (Docker image spec v1.2): <c>manifest.json</c>, configurations byte for byte, layers
/// uncompressed under their diff IDs, those shared among images once.
/// </summary>
internal sealed class DockerArchiveWriter(ImageStore store, ArchiveWriter archive, CancellationToken cancellationToken)
{
    private const int LayersMeasuredAtOnce = 4;

    /// <summary>Writes the whole archive.</summary>
    public async Task<IReadOnlyList<SavedImage>> WriteAsync(IReadOnlyList<StoredImage> images)
    {
        var layers = images.SelectMany(image => LayersOf(image.Manifests[0])).DistinctBy(layer => layer.DiffId).ToList();
        var lengths = await MeasureAsync(layers).ConfigureAwait(false);
        var entries = images.GroupBy(image => (image.Manifests[0].Manifest.Config.Digest, Layers: string.Join(',', image.Manifests[0].Config.RootFs.DiffIds)))
            .Select(same => new DockerImage(
                ConfigName(same.First().Manifests[0].Manifest.Config.Digest),
                [.. same.Where(image => image.Name?.Tag is not null).Select(image => TagOf(image.Name!)).Distinct(StringComparer.Ordinal)],
                [.. same.First().Manifests[0].Config.RootFs.DiffIds.Select(LayerName)]))
            .ToList();
        archive.Add("manifest.json", JsonSerializer.SerializeToUtf8Bytes(entries, ArchiveJson.Plain.IReadOnlyListDockerImage));
        foreach (var config in images.Select(image => image.Manifests[0].Manifest.Config))
        {
            archive.Add(ConfigName(config.Digest), config.Size, config.Digest, config.Size, () => store.Blobs.OpenRead(config.Digest));
        }

        foreach (var (blob, diffId) in layers)
        {
            archive.AddFolder(diffId.Hex);
            archive.Add(LayerName(diffId), lengths[diffId], diffId, blob.Size, () => new ReadAhead(cancel => Open(blob, diffId, cancel), cancellationToken));
        }

        archive.Finish();
        return [.. images.Select(image => new SavedImage(
            image.Name?.ToString(),
            image.Manifests[0].Descriptor.Digest,
            [image.Manifests[0].Manifest.Config.Digest],
            [image.Manifests[0].Descriptor.Platform!]))];
    }

    /// <summary>A tar header comes before the content and states its length, which only inflating tells. Inflating twice
    /// takes less than space for every layer.</summary>
    private async Task<Dictionary<Digest, long>> MeasureAsync(List<(Descriptor Blob, Digest DiffId)> layers)
    {
        var lengths = new Dictionary<Digest, long>();
        await Parallel.ForEachAsync(
            layers,
            new ParallelOptions { MaxDegreeOfParallelism = Math.Min(LayersMeasuredAtOnce, Environment.ProcessorCount), CancellationToken = cancellationToken },
            async (layer, cancel) =>
            {
                var length = layer.Blob.Digest == layer.DiffId
                    ? layer.Blob.Size
                    : await Task.Run(() => LayerContent.LengthOf(Open(layer.Blob, layer.DiffId, cancel), cancel), cancel).ConfigureAwait(false);
                lock (lengths)
                {
                    lengths[layer.DiffId] = length;
                }
            }).ConfigureAwait(false);
        return lengths;
    }

    private Stream Open(Descriptor blob, Digest diffId, CancellationToken cancel) =>
        new StoredLayer(store.Blobs, blob, diffId).OpenUncompressed(read: null, cancel);

    private static IEnumerable<(Descriptor Blob, Digest DiffId)> LayersOf(ImageDocuments image) =>
        image.Manifest.Layers.Zip(image.Config.RootFs.DiffIds);

    private static string ConfigName(Digest config) => $"{config.Hex}.json";

    private static string LayerName(Digest diffId) => $"{diffId.Hex}/layer.tar";

    private static string TagOf(ImageReference name) => $"{name.Registry}/{name.Repository}:{name.Tag}";
}
