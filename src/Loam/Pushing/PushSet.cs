using Loam.Images;
using Loam.Store;

namespace Loam.Pushing;

/// <summary>A tree of manifests in the store, the children before what names them, and the blobs they need.</summary>
/// <param name="Manifests">Manifests and indexes; the last is the one that a reference will name.</param>
/// <param name="Blobs">Configurations and layers, each once.</param>
internal sealed record PushSet(IReadOnlyList<FetchedManifest> Manifests, IReadOnlyList<Descriptor> Blobs)
{
    private const int MaximumIndexDepth = 4;

    /// <summary>Reads an image, or an index with all its images, and checks every manifest against its digest.</summary>
    /// <exception cref="LoamException">Something of it is missing or damaged.</exception>
    public static PushSet Read(BlobStore store, Descriptor top)
    {
        var manifests = new List<FetchedManifest>();
        var blobs = new Dictionary<Digest, Descriptor>();
        Collect(store, top, depth: 0, manifests, blobs);
        var missing = blobs.Values.FirstOrDefault(blob => !store.Has(blob));
        return missing is null
            ? new PushSet(manifests, [.. blobs.Values])
            : throw new LoamException(ErrorCodes.BlobMissing, $"blob {missing.Digest} is not in the store, or does not have its {missing.Size} bytes");
    }

    private static void Collect(
        BlobStore store, Descriptor descriptor, int depth, List<FetchedManifest> manifests, Dictionary<Digest, Descriptor> blobs)
    {
        if (depth > MaximumIndexDepth)
        {
            throw new LoamException(ErrorCodes.ManifestInvalid, $"indexes nest more than {MaximumIndexDepth} deep");
        }

        if (manifests.Any(manifest => manifest.Digest == descriptor.Digest))
        {
            return;
        }

        var content = store.ReadVerified(descriptor, ImageManifest.MaximumBytes);
        if (MediaTypes.IsIndex(descriptor.MediaType))
        {
            foreach (var child in ImageIndex.Parse(content).Manifests)
            {
                Collect(store, child, depth + 1, manifests, blobs);
            }
        }
        else
        {
            foreach (var blob in ArtifactManifest.Parse(content).Blobs)
            {
                blobs.TryAdd(blob.Digest, blob);
            }
        }

        manifests.Add(new FetchedManifest(descriptor.MediaType, descriptor.Digest, content));
    }
}
