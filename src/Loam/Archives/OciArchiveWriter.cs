using System.Text.Json;
using Loam.Images;

namespace Loam.Archives;

/// <summary>Writes images as an OCI image layout (OCI image-spec, <c>image-layout.md</c>); blobs shared among them once.</summary>
internal sealed class OciArchiveWriter(ImageStore store, ArchiveWriter archive)
{
    private const string ContainerdNameAnnotation = "io.containerd.image.name";

    /// <summary>Writes the whole archive.</summary>
    public IReadOnlyList<SavedImage> Write(IReadOnlyList<StoredImage> images)
    {
        var tops = images.Select(TopOf).ToList();
        var entries = images.Zip(tops).DistinctBy(item => (item.Second.Descriptor.Digest, item.First.Name))
            .Select(item => Name(item.Second.Descriptor, item.First.Name));
        var index = new LayoutIndexFile(2, MediaTypes.OciIndex, [.. entries]);
        archive.AddFolder("blobs");
        archive.AddFolder("blobs/sha256");
        archive.Add("oci-layout", """{"imageLayoutVersion":"1.0.0"}"""u8);
        archive.Add("index.json", JsonSerializer.SerializeToUtf8Bytes(index, OciJson.Plain.LayoutIndexFile));
        foreach (var (image, top) in images.Zip(tops))
        {
            if (top.Index is { } made)
            {
                archive.Add(NameOf(top.Descriptor.Digest), made);
            }

            foreach (var manifest in image.Manifests)
            {
                AddBlob(manifest.Descriptor);
                AddBlob(manifest.Manifest.Config);
                foreach (var layer in manifest.Manifest.Layers)
                {
                    AddBlob(layer);
                }
            }
        }

        archive.Finish();
        return [.. images.Zip(tops, (image, top) => new SavedImage(
            image.Name?.ToString(),
            top.Descriptor.Digest,
            [.. image.Manifests.Select(manifest => manifest.Manifest.Config.Digest)],
            [.. image.Manifests.Select(manifest => manifest.Descriptor.Platform!)]))];
    }

    /// <summary>One manifest stands for itself. Several stand under their index: the one they came by if all it names is
    /// here, else one made of them.</summary>
    private (Descriptor Descriptor, byte[]? Index) TopOf(StoredImage image)
    {
        if (image.Manifests is [var only])
        {
            return (only.Descriptor, null);
        }

        var bytes = OriginalIndex(image) ?? JsonSerializer.SerializeToUtf8Bytes(
            new LayoutIndexFile(2, MediaTypes.OciIndex, [.. image.Manifests.Select(manifest => manifest.Descriptor)]), OciJson.Plain.LayoutIndexFile);
        return (
            new Descriptor
            {
                MediaType = ManifestJson.MediaTypeOf(bytes) ?? MediaTypes.OciIndex,
                Digest = Digest.Sha256(bytes),
                Size = bytes.Length,
            },
            bytes);
    }

    private byte[]? OriginalIndex(StoredImage image)
    {
        if (image.Index is not { Algorithm: "sha256" } digest
            || new FileInfo(store.Paths.Blob(digest)) is not { Exists: true, Length: <= ImageManifest.MaximumBytes } file)
        {
            return null;
        }

        var bytes = store.Blobs.ReadVerified(
            new Descriptor { MediaType = MediaTypes.OciIndex, Digest = digest, Size = file.Length }, ImageManifest.MaximumBytes);
        var named = ImageIndex.Parse(bytes).Manifests.Select(child => child.Digest).ToHashSet();
        return named.SetEquals(image.Manifests.Select(manifest => manifest.Descriptor.Digest)) ? bytes : null;
    }

    private static Descriptor Name(Descriptor descriptor, ImageReference? name) => name is null ? descriptor : descriptor with
    {
        Annotations = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            [ContainerdNameAnnotation] = name.ToString(),
            [MediaTypes.NameAnnotation] = name.ToString(),
        },
    };

    private void AddBlob(Descriptor blob)
    {
        archive.AddFolder($"blobs/{blob.Digest.Algorithm}");
        archive.Add(NameOf(blob.Digest), blob.Size, blob.Digest, blob.Size, () => store.Blobs.OpenRead(blob.Digest));
    }

    private static string NameOf(Digest digest) => $"blobs/{digest.Algorithm}/{digest.Hex}";
}
