using System.Text.Json;
using Loam.Images;

namespace Loam.Archives;

/// <summary>
/// The images of a docker-archive's <c>manifest.json</c>. Layers are kept as they stand in the archive, mostly
/// uncompressed; the configuration stays byte for byte, so the image keeps its ID; the manifest, which such archives do
/// not have, is made from the two, always the same.
/// </summary>
internal sealed class DockerArchive(ArchiveFiles files, PlatformSelection platforms, CancellationToken cancellationToken)
{
    private const string ManifestName = "manifest.json";
    private const string OciLayer = "application/vnd.oci.image.layer.v1.tar";
    private const int MaximumImages = 1000;
    private const int MagicBytes = 4;

    /// <summary>Whether the archive is one.</summary>
    public static bool Is(ArchiveFiles files) => files.Find(ManifestName) is not null;

    /// <summary>Finds the images, in the archive's order.</summary>
    public IReadOnlyList<ArchiveImage> Read()
    {
        var images = ManifestJson.Read(files.ReadDocument(ManifestName), ArchiveJson.Default.IReadOnlyListDockerImage, ManifestName);
        ManifestJson.Check(images.Count <= MaximumImages, $"{ManifestName}: more than {MaximumImages} images");
        return [.. images.Select(image =>
        {
            ManifestJson.Check(image is { Config: not null, Layers: not null }, $"{ManifestName}: an image without Config or Layers");
            return Read(Require(image.Config), image.Layers.Select(Require), image.RepoTags ?? []);
        })];
    }

    /// <summary>Makes an image of a configuration and its layers.</summary>
    public ArchiveImage Read(StagedFile config, IEnumerable<StagedFile> layers, IEnumerable<string?> tags)
    {
        var manifest = new MadeManifest(
            2,
            MediaTypes.OciManifest,
            new Descriptor { MediaType = MediaTypes.OciConfig, Digest = config.Digest, Size = config.Size },
            [.. layers.Select(layer => new Descriptor { MediaType = OciLayer + SuffixOf(layer), Digest = layer.Digest, Size = layer.Size })]);
        var bytes = JsonSerializer.SerializeToUtf8Bytes(manifest, OciJson.Plain.MadeManifest);
        var made = files.Staging.Add(bytes);
        var image = ArchiveImage.Open(
            files,
            new Descriptor { MediaType = MediaTypes.OciManifest, Digest = made.Digest, Size = made.Size },
            [.. tags.Select(NameOf).Distinct()],
            index: null);
        foreach (var (layer, diffId) in image.Image.Manifest.Layers.Zip(image.Image.Config.RootFs.DiffIds))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (layer.MediaType == OciLayer && layer.Digest.Algorithm == diffId.Algorithm && layer.Digest != diffId)
            {
                throw new LoamException(ErrorCodes.DiffIdMismatch, $"a layer in the archive has digest {layer.Digest}; the configuration says {diffId}");
            }
        }

        var offered = image.Image.Descriptor;
        platforms.Choose([offered], [offered], image.Names[0].ToString());
        return image;
    }

    private StagedFile Require(string? name)
    {
        ManifestJson.Check(name is { Length: > 0 }, $"{ManifestName}: an empty name");
        return files.Find(ArchiveName.Normalize(name))
            ?? throw new LoamException(ErrorCodes.ArchiveIncomplete, $"the archive lacks \"{Printable.Of(name)}\"");
    }

    private static ImageReference NameOf(string? tag) =>
        tag is not null && ImageReference.TryParse(tag, out var name)
            ? name
            : throw new LoamException(ErrorCodes.ArchiveInvalid, $"the archive names an image \"{Printable.Of(tag ?? "")}\", which is not a reference");

    /// <summary>Some tools compress layers here too.</summary>
    private static string SuffixOf(StagedFile layer)
    {
        Span<byte> magic = stackalloc byte[MagicBytes];
        using var file = layer.OpenRead();
        return magic[..file.ReadAtLeast(magic, MagicBytes, throwOnEndOfStream: false)] switch
        {
            [0x1F, 0x8B, ..] => "+gzip",
            [0x28, 0xB5, 0x2F, 0xFD] => "+zstd",
            _ => "",
        };
    }
}
