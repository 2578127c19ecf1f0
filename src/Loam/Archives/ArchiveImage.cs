using Loam.Layers;
using Loam.Store;

namespace Loam.Archives;

/// <summary>An image that an archive holds for one platform, all of it there and checked but for its layers' content.</summary>
/// <param name="Names">What it is called; the first is the one its record gets.</param>
/// <param name="Image">Its manifest and configuration.</param>
/// <param name="Blobs">Its layers, lowest first, then everything else that belongs to it.</param>
internal sealed record ArchiveImage(IReadOnlyList<ImageReference> Names, ResolvedImage Image, IReadOnlyList<StagedFile> Blobs)
{
    /// <summary>The repository of images whose archive does not say what they are called.</summary>
    public const string NamelessRepository = "localhost/loaded";

    /// <summary>The layers as a disk is built from them.</summary>
    public IReadOnlyList<Layer> Layers =>
        [.. Image.Manifest.Layers.Select((blob, number) => new StagedLayer(Blobs[number], blob, Image.Config.RootFs.DiffIds[number]))];

    /// <summary>The same image under one more name, or under its first if the archive has none for it.</summary>
    public ArchiveImage WithName(ImageReference name)
    {
        ImageReference[] names = [.. Names.Where(other => other != name && !IsStandIn(other)), name];
        return this with { Names = names, Image = Image with { Reference = names[0] } };
    }

    /// <summary>Finds all that a manifest leads to in an archive.</summary>
    /// <exception cref="LoamException">Something is missing, has another size, or is malformed.</exception>
    public static ArchiveImage Open(
        ArchiveFiles files, Descriptor descriptor, IReadOnlyList<ImageReference> names, StagedFile? index)
    {
        var (_, manifest, config, _, _) = ImageDocuments.Read(
            descriptor, (blob, maximumBytes) => files.Read(Require(files, blob), blob.Digest.ToString(), maximumBytes));
        var (manifestFile, configFile) = (Require(files, descriptor), Require(files, manifest.Config));
        var layers = manifest.Layers.Select(layer => Require(files, layer)).ToList();
        if (names.Count == 0)
        {
            names = [ImageReference.Parse($"{NamelessRepository}@{descriptor.Digest}")];
        }

        var resolved = new ResolvedImage(
            names[0],
            new Descriptor
            {
                MediaType = descriptor.MediaType,
                Digest = descriptor.Digest,
                Size = descriptor.Size,
                Platform = config.Platform,
            },
            index?.Digest,
            manifest,
            config);
        return new ArchiveImage(names, resolved, [.. layers, configFile, manifestFile, .. index is null ? (StagedFile[])[] : [index]]);
    }

    private static bool IsStandIn(ImageReference name) => name.Tag is null && $"{name.Registry}/{name.Repository}" == NamelessRepository;

    private static StagedFile Require(ArchiveFiles files, Descriptor blob)
    {
        var file = files.Staging.Find(blob.Digest) ?? files.Find(blob.Digest)
            ?? throw new LoamException(ErrorCodes.ArchiveIncomplete, $"the archive lacks blob {blob.Digest}");
        return file.Size == blob.Size
            ? file
            : throw new LoamException(ErrorCodes.SizeMismatch, $"blob {blob.Digest} in the archive has {file.Size} bytes; its descriptor says {blob.Size}")
            {
                Hint = ErrorCodes.ArchiveInvalid.Hint,
            };
    }
}
