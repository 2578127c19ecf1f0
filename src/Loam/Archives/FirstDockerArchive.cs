using System.Text.Json;
using Loam.Images;
using Loam.Layers;

namespace Loam.Archives;

/// <summary>
/// Archives of Docker before 1.10 (Docker image spec v1): <c>repositories</c> names the topmost layer of each image, and
/// each layer's <c>json</c> its parent. The configuration, which such images do not have, is made from the topmost
/// layer's <c>json</c> and the layers' digests, always the same.
/// </summary>
internal sealed class FirstDockerArchive(ArchiveFiles files, DockerArchive archive)
{
    private const string RepositoriesName = "repositories";
    private const int MaximumLayers = 1000;
    private const int MaximumImages = 1000;

    /// <summary>Whether the archive is one.</summary>
    public static bool Is(ArchiveFiles files) => files.Find(RepositoriesName) is not null;

    /// <summary>Finds the images, in the order of their names.</summary>
    public IReadOnlyList<ArchiveImage> Read()
    {
        var repositories = ManifestJson.Read(
            files.ReadDocument(RepositoriesName), ArchiveJson.Default.DictionaryStringDictionaryStringString, RepositoriesName);
        var named = repositories
            .SelectMany(repository => (repository.Value ?? []).Select(tag => (Id: tag.Value, Name: $"{repository.Key}:{tag.Key}")))
            .OrderBy(tag => tag.Name, StringComparer.Ordinal)
            .GroupBy(tag => tag.Id, tag => tag.Name, StringComparer.Ordinal)
            .ToList();
        ManifestJson.Check(named.Count <= MaximumImages, $"{RepositoriesName}: more than {MaximumImages} images");
        return [.. named.Select(image => Read(image.Key, image))];
    }

    private ArchiveImage Read(string topmost, IEnumerable<string> names)
    {
        var layers = new List<StagedFile>();
        DockerLayerV1? top = null;
        for (var id = topmost; !string.IsNullOrEmpty(id);)
        {
            ManifestJson.Check(
                layers.Count < MaximumLayers && id.All(char.IsAsciiHexDigitLower), $"{RepositoriesName}: a layer with too many parents or an invalid name");
            var layer = ManifestJson.Read(files.Read(Require($"{id}/json"), id, ImageConfig.MaximumBytes), ArchiveJson.Default.DockerLayerV1, "json");
            layers.Add(Require($"{id}/layer.tar"));
            top ??= layer;
            id = layer.Parent;
        }

        ManifestJson.Check(top is not null, $"{RepositoriesName}: an image without layers");
        layers.Reverse();
        var config = new MadeConfig(
            top.Architecture ?? "amd64",
            top.Os ?? "linux",
            top.Author,
            top.Created,
            top.Config,
            new MadeRootFs("layers", [.. layers.Select(DiffIdOf)]));
        return archive.Read(files.Staging.Add(JsonSerializer.SerializeToUtf8Bytes(config, ArchiveJson.Plain.MadeConfig)), layers, names);
    }

    /// <summary>Nothing states what a layer's content must hash to; what it does is what it is.</summary>
    private static Digest DiffIdOf(StagedFile layer) =>
        LayerContent.DigestOf(new LayerStream(layer.OpenRead(), layer.Digest), like: null, CancellationToken.None);

    private StagedFile Require(string name) =>
        files.Find(name) ?? throw new LoamException(ErrorCodes.ArchiveIncomplete, $"the archive lacks \"{Printable.Of(name)}\"");
}
