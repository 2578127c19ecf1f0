using Loam.Images;

namespace Loam.Maintenance;

/// <summary>Follows every name to its manifest, its configuration, its layers and its disk.</summary>
internal sealed class NameFollower(ImageStore store, IReadOnlyList<Descriptor> names)
{
    private const int MaximumIndexDepth = 8;

    private readonly Dictionary<string, SortedSet<string>> _images = new(StringComparer.Ordinal);
    private bool _indexed;

    /// <summary>The names that lead to a blob.</summary>
    public IReadOnlyList<string> ImagesOf(Digest digest) => Images(digest.ToString());

    /// <summary>The names that lead to a disk's folder.</summary>
    public IReadOnlyList<string> ImagesOf(string folder) => Images(folder);

    /// <summary>What is wrong on the way from each name.</summary>
    /// <param name="isDamaged">Blobs that were found damaged, and told of already.</param>
    public IReadOnlyList<StoreProblem> Follow(Func<Digest, bool> isDamaged)
    {
        var problems = new Dictionary<(ProblemKind, string), StoreProblem>();
        foreach (var named in names)
        {
            foreach (var blob in Reachable(named, message => Add(ProblemKind.ManifestInvalid, named.Digest.ToString(), message), isDamaged))
            {
                if (!File.Exists(store.Paths.Blob(blob.Digest)))
                {
                    Add(ProblemKind.BlobMissing, blob.Digest.ToString(), $"blob {blob.Digest} is not here");
                }
                else if (!isDamaged(blob.Digest) && !store.Blobs.Has(blob))
                {
                    Add(ProblemKind.ManifestInvalid, named.Digest.ToString(), $"blob {blob.Digest} does not have the {blob.Size} bytes that are said of it");
                }
            }

            if (named.Annotations?.ContainsKey(ImageStore.DiskAnnotation) == true && store.DiskPathOf(named) is var disk && !File.Exists(disk))
            {
                Add(ProblemKind.DiskMissing, disk, $"{ImageStore.NameOf(named)}: disk {disk} is not there");
            }
        }

        return [.. problems.Values];

        void Add(ProblemKind kind, string name, string message) =>
            problems.TryAdd((kind, name), new StoreProblem(kind, name, message, Images(name)));
    }

    /// <summary>The manifest, the configuration and the layers that a name needs, whether they are here or not.</summary>
    private List<Descriptor> Reachable(Descriptor named, Action<string>? invalid, Func<Digest, bool> isDamaged, int depth = 0)
    {
        var found = new List<Descriptor> { named };
        if (depth > MaximumIndexDepth || isDamaged(named.Digest) || !store.Blobs.Has(named))
        {
            return found;
        }

        try
        {
            var content = store.Blobs.ReadVerified(named, ImageManifest.MaximumBytes);
            if (MediaTypes.IsIndex(ManifestJson.MediaTypeOf(content) ?? named.MediaType))
            {
                // Of an index, the store may hold some platforms only.
                var here = ImageIndex.Parse(content).Manifests.Where(child => File.Exists(store.Paths.Blob(child.Digest)));
                found.AddRange(here.SelectMany(child => Reachable(child, invalid, isDamaged, depth + 1)));
            }
            else
            {
                var manifest = ImageManifest.Parse(content);
                found.AddRange([manifest.Config, .. manifest.Layers]);
            }
        }
        catch (LoamException e)
        {
            invalid?.Invoke($"{ImageStore.NameOf(named) ?? named.Digest.ToString()}: {e.Message}");
        }

        return found;
    }

    private IReadOnlyList<string> Images(string thing)
    {
        lock (_images)
        {
            if (!_indexed)
            {
                foreach (var named in names.Where(named => ImageStore.NameOf(named) is not null))
                {
                    var things = Reachable(named, invalid: null, _ => false).Select(blob => blob.Digest.ToString())
                        .Append(store.DiskFolderOf(named)).Append(store.DiskPathOf(named)).OfType<string>();
                    foreach (var one in things)
                    {
                        _images.TryAdd(one, new SortedSet<string>(StringComparer.Ordinal));
                        _images[one].Add(ImageStore.NameOf(named)!);
                    }
                }

                _indexed = true;
            }

            return _images.TryGetValue(thing, out var found) ? [.. found] : [];
        }
    }
}
