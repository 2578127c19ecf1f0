using Loam.Files;

namespace Loam.Store;

/// <summary>A disk's folder in the store.</summary>
/// <param name="Folder">Its name, <c>sha256-…</c>.</param>
/// <param name="Path">The disk.</param>
/// <param name="Record">Its record; null where that cannot be read.</param>
/// <param name="SizeBytes">The disk's length.</param>
/// <param name="AllocatedBytes">What the folder's files take on their file system.</param>
/// <param name="LastUsedAt">When it was used last.</param>
internal sealed record StoredDisk(
    string Folder, string Path, DiskRecord? Record, long SizeBytes, long AllocatedBytes, DateTimeOffset LastUsedAt);

/// <summary>A file among the blobs.</summary>
/// <param name="Digest">The digest that its name states.</param>
/// <param name="SizeBytes">Its length.</param>
/// <param name="AllocatedBytes">What it takes on its file system.</param>
internal sealed record StoredBlob(Digest Digest, long SizeBytes, long AllocatedBytes);

/// <summary>Everything that stands in a store under a final name. Read it while holding the store's lock.</summary>
/// <param name="Names">What <c>index.json</c> names.</param>
/// <param name="Disks">By folder.</param>
/// <param name="Blobs">By digest.</param>
/// <param name="Workspaces">What workspaces need.</param>
internal sealed record StoreInventory(
    IReadOnlyList<NamedImage> Names,
    IReadOnlyDictionary<string, StoredDisk> Disks,
    IReadOnlyDictionary<Digest, StoredBlob> Blobs,
    IReadOnlyList<WorkspaceUse> Workspaces)
{
    private static readonly string[] Algorithms = ["sha256", "sha512"];

    /// <summary>Names alone, where nothing else is to be removed.</summary>
    public static StoreInventory OfNames(IReadOnlyList<NamedImage> names) =>
        new(names, new Dictionary<string, StoredDisk>(StringComparer.Ordinal), new Dictionary<Digest, StoredBlob>(), []);

    /// <summary>Looks at everything.</summary>
    public static StoreInventory Read(ImageStore store) => new(
        store.Names.Read(),
        ReadDisks(store.Paths).ToDictionary(disk => disk.Folder, StringComparer.Ordinal),
        ReadBlobs(store.Paths).ToDictionary(blob => blob.Digest),
        WorkspaceUse.ReadAll(store.Paths));

    /// <summary>The disks that stand in the store, whole or not.</summary>
    public static IEnumerable<StoredDisk> ReadDisks(StatePaths paths)
    {
        foreach (var folder in Directory.EnumerateDirectories(paths.Images, "sha256-*").Order(StringComparer.Ordinal))
        {
            var disk = Path.Combine(folder, DiskStore.DiskName);
            var record = Path.Combine(folder, DiskStore.RecordName);
            var diskStatus = Libc.Status(disk);
            var recordStatus = Libc.Status(record);
            yield return new StoredDisk(
                Path.GetFileName(folder),
                disk,
                DiskStore.ReadRecord(record),
                diskStatus?.Size ?? 0,
                (diskStatus?.Allocated ?? 0) + (recordStatus?.Allocated ?? 0),
                (diskStatus ?? recordStatus)?.Modified ?? DateTimeOffset.UnixEpoch);
        }
    }

    /// <summary>The files among the blobs whose names are digests.</summary>
    public static IEnumerable<StoredBlob> ReadBlobs(StatePaths paths)
    {
        foreach (var algorithm in Algorithms.Where(algorithm => Directory.Exists(paths.Blobs(algorithm))))
        {
            foreach (var file in Directory.EnumerateFiles(paths.Blobs(algorithm)).Order(StringComparer.Ordinal))
            {
                if (Digest.TryParse($"{algorithm}:{Path.GetFileName(file)}", out var digest) && Libc.Status(file) is { } status)
                {
                    yield return new StoredBlob(digest, status.Size, status.Allocated);
                }
            }
        }
    }
}
