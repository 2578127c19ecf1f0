using Loam.Images;

namespace Loam.Store;

/// <summary>The disks and blobs that names and workspaces lead to.</summary>
internal sealed class Reachability(ImageStore store, StoreInventory inventory)
{
    private const int MaximumIndexDepth = 8;

    /// <summary>The folders of disks.</summary>
    public HashSet<string> Disks { get; } = new(StringComparer.Ordinal);

    /// <summary>The digests of blobs, in the store or not.</summary>
    public HashSet<Digest> Blobs { get; } = [];

    /// <summary>Adds all that a name leads to.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.StoreDamaged"/>: its manifest is in the store but not what its digest
    /// says, so what it leads to cannot be known.</exception>
    public void AddName(NamedImage named)
    {
        if (store.Disks.FolderOf(named) is { } folder && inventory.Disks.TryGetValue(folder, out var disk))
        {
            AddDisk(disk);
        }

        if (named.Index is { } index)
        {
            AddDocument(index, named.MediaType, depth: 0);
        }

        AddDocument(named.Digest, named.MediaType, depth: 0);
    }

    /// <summary>Adds all that a workspace was made from.</summary>
    public void AddWorkspace(WorkspaceUse use)
    {
        if (use.Disk is { } folder && inventory.Disks.TryGetValue(folder, out var disk))
        {
            AddDisk(disk);
        }

        foreach (var named in inventory.Names.Where(named => named.Name is { } name && use.Uses(name)))
        {
            AddName(named);
        }
    }

    /// <summary>Adds a disk, and the blobs that its record says it was made from.</summary>
    public void AddDisk(StoredDisk disk)
    {
        if (!Disks.Add(disk.Folder) || disk.Record is not { } record)
        {
            return;
        }

        Blobs.Add(record.Digest);
        Blobs.Add(record.ConfigDigest);
        Blobs.UnionWith(record.Layers.Select(layer => layer.Digest));
        if (record.IndexDigest is { } index)
        {
            Blobs.Add(index);
        }
    }

    private void AddDocument(Digest digest, string mediaType, int depth)
    {
        Blobs.Add(digest);
        if (!inventory.Blobs.TryGetValue(digest, out var blob) || depth > MaximumIndexDepth)
        {
            return;
        }

        var content = store.Blobs.ReadVerified(
            new Descriptor { MediaType = mediaType, Digest = digest, Size = blob.SizeBytes }, ImageManifest.MaximumBytes);
        if (MediaTypes.IsIndex(ManifestJson.MediaTypeOf(content) ?? mediaType))
        {
            foreach (var child in ImageIndex.Parse(content).Manifests)
            {
                AddDocument(child.Digest, child.MediaType, depth + 1);
            }

            return;
        }

        var manifest = ManifestJson.Read(content, ManifestJson.Default.RawDocument, "manifest");
        Blobs.UnionWith((manifest.Layers ?? []).Append(manifest.Config).OfType<Descriptor>().Where(item => !item.Digest.IsEmpty).Select(item => item.Digest));
    }
}
