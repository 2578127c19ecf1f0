using System.Diagnostics;
using System.Text.Json;
using Loam.Files;
using Loam.Telemetry;
using Microsoft.Extensions.Logging;

namespace Loam.Store;

/// <summary>The finished disks: one folder each, holding <c>rootfs.ext4</c> and <c>disk.json</c>.</summary>
internal sealed partial class DiskStore(StatePaths paths, StagingArea staging, TimeProvider time, StableStorage storage, ILogger logger)
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

    /// <summary>A disk's path below the images' folder, as a name states it.</summary>
    public static string InsideOf(DiskKey key) => $"{key.FolderName}/{DiskName}";

    /// <summary>A name's disk as a path below the images' folder; null where it is elsewhere, or none was made.</summary>
    public static string? InsideOf(NamedImage named) =>
        named.Disk is { } noted && noted[0] != '/' && !noted.Contains("..", StringComparison.Ordinal) ? noted : null;

    /// <summary>The folder of a name's disk in the store; null where its disk is elsewhere.</summary>
    public string? FolderOf(NamedImage named)
    {
        var folder = Path.GetDirectoryName(PathOf(named))!;
        return Path.GetDirectoryName(folder) == paths.Images
            && Path.GetFileName(folder) is var name
            && name.StartsWith(DiskKey.FolderPrefix, StringComparison.Ordinal)
            ? name
            : null;
    }

    /// <summary>A disk's record, or null where the disk is not in the store, or not whole.</summary>
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

    /// <summary>Makes a disk and makes it visible, unless it is in the store. Only one process makes it at a time; others wait.</summary>
    /// <param name="key">The disk's key.</param>
    /// <param name="again">Whether it is made although it is in the store.</param>
    /// <param name="build">Writes the disk to a new file of the given path and to stable storage.</param>
    /// <param name="cancellationToken">Cancels the wait for other processes.</param>
    /// <returns>Its record.</returns>
    public async Task<DiskRecord> MakeAsync(DiskKey key, bool again, Func<string, Task<DiskRecord>> build, CancellationToken cancellationToken)
    {
        using var staged = await StageAsync(key, again, async path => await build(path).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        staged!.Publish();
        return staged.Record;
    }

    /// <summary>Makes a disk that becomes visible later, unless it is in the store.</summary>
    /// <param name="key">The disk's key.</param>
    /// <param name="again">Whether it is made although it is in the store.</param>
    /// <param name="build">Writes the disk to a new file of the given path and to stable storage; gives null where it
    /// cannot be had.</param>
    /// <param name="cancellationToken">Cancels the wait for other processes.</param>
    /// <returns>The disk; others who want it wait until it is disposed. Null where <paramref name="build"/> gave null.</returns>
    public async Task<StagedDisk?> StageAsync(DiskKey key, bool again, Func<string, Task<DiskRecord?>> build, CancellationToken cancellationToken)
    {
        var slot = await staging.ReserveAsync(StemOf(key.FolderName), cancellationToken).ConfigureAwait(false);
        StagedDisk? staged = null;
        try
        {
            if (!again && Find(key) is { } there)
            {
                Instruments.CacheHits.Add(1, Instruments.Cached("disk"));
                return staged = new StagedDisk(slot, there, publish: null);
            }

            Instruments.CacheMisses.Add(1, Instruments.Cached("disk"));
            var start = Stopwatch.GetTimestamp();
            Directory.CreateDirectory(slot.Folder);
            if (await build(Path.Combine(slot.Folder, DiskName)).ConfigureAwait(false) is not { } record)
            {
                return null;
            }

            var file = Path.Combine(slot.Folder, RecordName);
            storage.Write(file, JsonSerializer.SerializeToUtf8Bytes(record, StoreJson.Default.DiskRecord));
            storage.Sync(file);
            LogBuilt(key.FolderName, record.Disk.SizeBytes, Stopwatch.GetElapsedTime(start).TotalSeconds);
            return staged = new StagedDisk(slot, record, () => AtomicFile.MoveFolder(slot.Folder, paths.Disk(key.FolderName), storage));
        }
        finally
        {
            if (staged is null)
            {
                slot.Dispose();
            }
        }
    }

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

    [LoggerMessage(EventId = EventNumbers.DiskBuilt, Level = LogLevel.Information, Message = "{Disk} was made: {Bytes} bytes in {Seconds:0.000} s")]
    private partial void LogBuilt(string disk, long bytes, double seconds);

    private static string StemOf(string folder) => $"disk-{folder[DiskKey.FolderPrefix.Length..]}";
}
