using Loam.Filesystems;
using Loam.Layers;
using Loam.Store;

namespace Loam.Trees;

/// <summary>Merges an image's layers into a tree without writing anything.</summary>
internal sealed class ImageTreeReader(BlobStore blobs, ContentIdentity contents, IProgress<WorkProgress>? progress)
{
    /// <summary>The merged tree.</summary>
    /// <exception cref="LoamException">A layer is missing, damaged or hostile.</exception>
    public FileTree Read(ImageManifest manifest, ImageConfig config, CancellationToken cancellationToken) =>
        Read(manifest, config, (_, _, _, _) => { }, cancellationToken);

    /// <summary>What each layer does, lowest first.</summary>
    /// <exception cref="LoamException">A layer is missing, damaged or hostile.</exception>
    public IReadOnlyList<LayerChanges> ReadChanges(ImageManifest manifest, ImageConfig config, CancellationToken cancellationToken)
    {
        var layers = new List<LayerChanges>();
        List<TreeEntry> before = [];
        Read(
            manifest,
            config,
            (tree, blob, length, wasted) =>
            {
                var after = TreeComparison.Snapshot(tree);
                var changes = TreeComparison.Compare(before, after);
                var added = changes.Where(change => change.Kind == ChangeKind.Added
                    || change.What.Contains("content", StringComparer.Ordinal)
                    || change.What.Contains("type", StringComparer.Ordinal))
                    .Sum(change => change.SizeBytes);
                layers.Add(new LayerChanges(blob.Digest, blob.Size, length, added, wasted, changes));
                before = after;
            },
            cancellationToken);
        return layers;
    }

    private FileTree Read(ImageManifest manifest, ImageConfig config, Action<FileTree, Descriptor, long, long> done, CancellationToken cancellationToken)
    {
        var wasted = 0L;
        var tree = new FileTree();
        var applier = new LayerApplier(new TreeOverlay(tree, file => wasted += file.Content.Size), contents, new LayerLimits(), _ => { });
        foreach (var (number, (blob, diffId)) in manifest.Layers.Zip(config.RootFs.DiffIds).Index())
        {
            void Report(long read) => progress?.Report(new WorkProgress(WorkPhase.Scan, number, blob.Digest, read, blob.Size));
            using var archive = new StoredLayer(blobs, blob, diffId).OpenUncompressed(Report, cancellationToken);
            var length = applier.Apply(archive, blob.Digest, diffId, cancellationToken);
            Report(blob.Size);
            done(tree, blob, length, wasted);
            wasted = 0;
        }

        return tree;
    }
}
