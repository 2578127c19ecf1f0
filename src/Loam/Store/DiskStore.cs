using System.Text.Json;
using Loam.Files;

namespace Loam.Store;

/// <summary>The finished disks: one folder each, holding <c>rootfs.ext4</c> and <c>disk.json</c>.</summary>
internal sealed class DiskStore(StatePaths paths, StagingArea staging, TimeProvider time, StableStorage storage)
{
    public const string DiskName = "rootfs.ext4";
    public const string RecordName = "disk.json";

    private static readonly TimeSpan UseAccuracy = TimeSpan.FromHours(1);

    /// <summary>The disk's path, whether it is there or not.</summary>
    public string PathOf(DiskKey key) => Path.Combine(paths.Disk(key.FolderName), DiskName);

    /// <summary>Where a name's disk is, or would be: names that another tool wrote into the layout have none yet.</summary>
    public string PathOf(NamedImage named) =>
        InsideOf(named) is { } inside ? $"{paths.Images}/{inside}"
        : named.Disk is { } noted ? Path.GetFullPath(noted, paths.Images)
        : PathOf(DiskKey.Of(named.Digest, new DiskOptions()));

    /// <summary>A name's disk as a path below the images' folder; null where it is elsewhere, or none was made.</summary>
    public static string? InsideOf(NamedImage named) =>
        named.Disk is { } noted && noted[0] != '/' && !noted.Contains("..", StringComparison.Ordinal) ? noted : null;

    /// <summary>The folder of a name's disk in the store; null where its disk is elsewhere.</summary>
    public string? FolderOf(NamedImage named)
    {
        var folder = Path.GetDirectoryName(PathOf(named))!;
        return Path.GetDirectoryName(folder) == paths.Images && Path.GetFileName(folder) is var name && name.StartsWith(DiskKey.FolderPrefix, StringComparison.Ordinal)
            ? name
            : null;
    }

    /// <summary>A disk's record, or null where the disk is not whole and here.</summary>
    public DiskRecord? Find(DiskKey key)
    {
        var folder = paths.Disk(key.FolderName);
        var record = ReadRecord(Path.Combine(folder, RecordName));
        var disk = new FileInfo(Path.Combine(folder, DiskName));
        return record is not null && disk.Exists && disk.Length == record.Disk.SizeBytes ? record : null;
    }

    /// <summary>Reads a <c>disk.json</c>; null where it is missing or damaged, since it can be made again.</summary>
    public static DiskRecord? ReadRecord(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), StoreJson.Default.DiskRecord);
        }
        catch (Exception e) when (e is JsonException or FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Writes a <c>disk.json</c> to stable storage; the caller gives the folder its name afterwards.</summary>
    public static void WriteRecord(string path, DiskRecord record, StableStorage? storage = null)
    {
        storage ??= StableStorage.Real;
        storage.Write(path, JsonSerializer.SerializeToUtf8Bytes(record, StoreJson.Default.DiskRecord));
        storage.Sync(path);
    }

    /// <summary>Takes the right to make one disk; only one process has it at a time.</summary>
    public Task<StagingSlot> ReserveAsync(DiskKey key, CancellationToken cancellationToken) =>
        staging.ReserveAsync(StemOf(key.FolderName), cancellationToken);

    /// <summary>Makes a finished disk visible.</summary>
    public void Publish(StagingSlot slot, DiskKey key) => AtomicFile.MoveFolder(slot.Folder, paths.Disk(key.FolderName), storage);

    /// <summary>Removes a disk: out of sight in one step, then for good. The store's lock is held alone.</summary>
    public async Task RemoveAsync(string folder, CancellationToken cancellationToken)
    {
        using var slot = await staging.ReserveAsync(StemOf(folder), cancellationToken).ConfigureAwait(false);
        slot.Clear();
        storage.MoveFolder(Path.Combine(paths.Images, folder), slot.Folder);
    }

    /// <summary>Notes that a disk was used; writes at most once an hour.</summary>
    public void Touch(DiskKey key)
    {
        var disk = new FileInfo(PathOf(key));
        var now = time.GetUtcNow();
        if (disk.Exists && now - disk.LastWriteTimeUtc > UseAccuracy)
        {
            disk.LastWriteTimeUtc = now.UtcDateTime;
        }
    }

    private static string StemOf(string folder) => $"disk-{folder[DiskKey.FolderPrefix.Length..]}";
}
