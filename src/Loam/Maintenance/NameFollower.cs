using Loam.Images;
using Loam.Store;

namespace Loam.Maintenance;

/// <summary>Follows every name to its manifest, its configuration, its layers and its disk.</summary>
internal sealed class NameFollower(ImageStore store, IReadOnlyList<NamedImage> names)
{
    private const int MaximumIndexDepth = 8;

    private readonly Dictionary<string, SortedSet<string>> _images = new(StringComparer.Ordinal);
    private bool _indexed;

    /// <summary>The names that lead to a blob.</summary>
    public IReadOnlyList<string> ImagesOf(Digest digest) => Images(digest.ToString());

    /// <summary>The names that lead to a disk's folder.</summary>
    public IReadOnlyList<string> ImagesOf(string folder) => Images(folder);

    /// <summary>What is wrong on the way from each name.</summary>
    /// <param name="isDamaged">Blobs that were found damaged and already reported.</param>
    public IReadOnlyList<StoreProblem> Follow(Func<Digest, bool> isDamaged)
    {
        var problems = new Dictionary<(ProblemKind, string), StoreProblem>();
        foreach (var named in names)
        {
            foreach (var blob in Reachable(
                named.Manifest, named.Name, message => Add(ProblemKind.ManifestInvalid, named.Digest.ToString(), message), isDamaged))
            {
                if (!File.Exists(store.Paths.Blob(blob.Digest)))
                {
                    Add(ProblemKind.BlobMissing, blob.Digest.ToString(), $"blob {blob.Digest} is not in the store");
                }
                else if (!isDamaged(blob.Digest) && !store.Blobs.Has(blob))
                {
                    Add(
                        ProblemKind.ManifestInvalid,
                        named.Digest.ToString(),
                        $"blob {blob.Digest} does not have the {blob.Size} bytes that its descriptor says");
                }
            }

            if (named.Disk is not null && store.Disks.PathOf(named) is var disk && !File.Exists(disk))
            {
                Add(ProblemKind.DiskMissing, disk, $"{named.Name}: disk {disk} does not exist");
            }
        }

        return [.. problems.Values];

        void Add(ProblemKind kind, string name, string message) =>
            problems.TryAdd((kind, name), new StoreProblem(kind, name, message, Images(name)));
    }

    /// <summary>The manifest, the configuration and the layers that a name needs, whether the store has them or not.</summary>
    private List<Descriptor> Reachable(Descriptor top, string? name, Action<string>? invalid, Func<Digest, bool> isDamaged, int depth = 0)
    {
        var found = new List<Descriptor> { top };
        if (depth > MaximumIndexDepth || isDamaged(top.Digest) || !store.Blobs.Has(top))
        {
            return found;
        }

        try
        {
            var content = store.Blobs.ReadVerified(top, ImageManifest.MaximumBytes);
            if (MediaTypes.IsIndex(ManifestJson.MediaTypeOf(content) ?? top.MediaType))
            {
                // Of an index, the store may hold some platforms only.
                var here = ImageIndex.Parse(content).Manifests.Where(child => File.Exists(store.Paths.Blob(child.Digest)));
                found.AddRange(here.SelectMany(child => Reachable(child, name, invalid, isDamaged, depth + 1)));
            }
            else
            {
                var manifest = ImageManifest.Parse(content);
                found.AddRange([manifest.Config, .. manifest.Layers]);
            }
        }
        catch (LoamException e)
        {
            invalid?.Invoke($"{name ?? top.Digest.ToString()}: {e.Message}");
        }

        return found;
    }

    private IReadOnlyList<string> Images(string thing)
    {
        lock (_images)
        {
            if (!_indexed)
            {
                foreach (var named in names.Where(named => named.Name is not null))
                {
                    var things = Reachable(named.Manifest, named.Name, invalid: null, _ => false).Select(blob => blob.Digest.ToString())
                        .Append(store.Disks.FolderOf(named)).Append(store.Disks.PathOf(named)).OfType<string>();
                    foreach (var one in things)
                    {
                        _images.TryAdd(one, new SortedSet<string>(StringComparer.Ordinal));
                        _images[one].Add(named.Name!);
                    }
                }

                _indexed = true;
            }

            return _images.TryGetValue(thing, out var found) ? [.. found] : [];
        }
    }
}
