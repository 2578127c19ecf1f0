using System.Text.Json;
using Loam.Files;
using Loam.Filesystems;
using Loam.Machines.Workspaces;
using Loam.Store;

namespace Loam.Machines;

/// <summary>The workspaces of a state folder: <c>workspaces/&lt;name&gt;/</c>, each appearing and disappearing in one
/// step.</summary>
public sealed class WorkspaceStore(ImageStore store, TimeProvider? time = null)
{
    private const long Mebibyte = 1 << 20;

    private readonly TimeProvider _time = time ?? TimeProvider.System;

    /// <summary>The folder that they stand in.</summary>
    public string Folder => Path.Combine(store.Root, "workspaces");

    internal ImageStore Images => store;

    /// <summary>A workspace.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.WorkspaceNotFound"/>,
    /// <see cref="ErrorCodes.InvalidWorkspaceName"/>, <see cref="ErrorCodes.StoreDamaged"/>.</exception>
    public Workspace Open(string name)
    {
        var folder = Path.Combine(Folder, WorkspaceName.Check(name));
        return new Workspace(folder, ReadRecord(folder), store.Storage);
    }

    /// <summary>All of them, in the order of their names.</summary>
    public IReadOnlyList<Workspace> List()
    {
        if (!Directory.Exists(Folder))
        {
            return [];
        }

        var found = new List<Workspace>();
        foreach (var folder in Directory.EnumerateDirectories(Folder).Order(StringComparer.Ordinal))
        {
            try
            {
                found.Add(new Workspace(folder, ReadRecord(folder), store.Storage));
            }
            catch (LoamException e) when (e.Code == ErrorCodes.WorkspaceNotFound)
            {
                // Deleted between the listing and the look.
            }
        }

        return found;
    }

    /// <summary>Makes a workspace from an image that is here.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.WorkspaceExists"/>, <see cref="ErrorCodes.DiskTooSmall"/>,
    /// <see cref="ErrorCodes.ImageNotFound"/> where the image has no disk.</exception>
    public async Task<(Workspace Workspace, DiskCopy Copy)> CreateAsync(
        string name, ImageRecord image, WorkspaceOptions options, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        using var held = await store.HoldAsync(cancellationToken).ConfigureAwait(false);
        var record = Describe(name, image, options);
        return await CreateAsync(record, image.OutputPath, options.SizeMib, progress, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes a workspace from a disk file.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.WorkspaceExists"/>, <see cref="ErrorCodes.DiskTooSmall"/>,
    /// <see cref="ErrorCodes.Io"/>.</exception>
    public Task<(Workspace Workspace, DiskCopy Copy)> CreateAsync(
        string name, string disk, WorkspaceOptions options, IProgress<WorkProgress>? progress, CancellationToken cancellationToken) =>
        CreateAsync(Describe(name, options), disk, options.SizeMib, progress, cancellationToken);

    /// <summary>Copies a stopped workspace under another name.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.WorkspaceExists"/>, <see cref="ErrorCodes.WorkspaceInUse"/>.</exception>
    public async Task<(Workspace Workspace, DiskCopy Copy)> CloneAsync(
        Workspace source, string name, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        using var held = source.Take(LockKind.Shared);
        var record = source.Record with { Name = WorkspaceName.Check(name), CreatedAt = _time.GetUtcNow() };
        return await CreateAsync(record, source.DiskPath, sizeMib: null, progress, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes a workspace that runs on an image's own disk without changing it. The caller holds its lock from
    /// the start; whoever finds it unlocked removes it.</summary>
    internal async Task<(Workspace Workspace, FileLock Held)> CreateThrowawayAsync(
        string name, ImageRecord image, WorkspaceOptions options, CancellationToken cancellationToken)
    {
        var record = Describe(name, image, options) with { Throwaway = true };
        using var slot = await store.Staging.ReserveAsync(StemOf(name), cancellationToken).ConfigureAwait(false);
        var folder = Prepare(slot, name);
        var held = FileLock.TryAcquire(Workspace.LockIn(slot.Folder), LockKind.Exclusive)!;
        try
        {
            return (Finish(slot, folder, record), held);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Deletes a stopped workspace.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.WorkspaceInUse"/>.</exception>
    public async Task DeleteAsync(Workspace workspace, CancellationToken cancellationToken)
    {
        using var held = workspace.Take(LockKind.Exclusive);
        await RemoveAsync(workspace, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Removes the throwaway workspaces whose process was killed.</summary>
    internal async Task SweepAsync(CancellationToken cancellationToken)
    {
        foreach (var workspace in List().Where(workspace => workspace.Record.Throwaway))
        {
            try
            {
                using var held = workspace.TryLock(LockKind.Exclusive);
                if (held is not null)
                {
                    await RemoveAsync(workspace, cancellationToken).ConfigureAwait(false);
                }
            }
            catch (LoamException e) when (e.Code == ErrorCodes.WorkspaceNotFound)
            {
                // Its owner was faster.
            }
        }
    }

    /// <summary>Removes a workspace whose lock the caller holds.</summary>
    internal async Task RemoveAsync(Workspace workspace, CancellationToken cancellationToken)
    {
        using var slot = await store.Staging.ReserveAsync(StemOf(workspace.Name), cancellationToken).ConfigureAwait(false);
        slot.Clear();
        store.Storage.MoveFolder(workspace.Folder, slot.Folder);
        store.Storage.SyncFolder(Folder);
    }

    internal static LoamException NotFound(string name) => new(ErrorCodes.WorkspaceNotFound, $"there is no workspace {name}")
    {
        Details = new Dictionary<string, string>(StringComparer.Ordinal) { ["workspace"] = name },
    };

    internal static WorkspaceRecord ReadRecord(string folder)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(Path.Combine(folder, Workspace.RecordName)), WorkspaceJson.Default.WorkspaceRecord)
                ?? throw new JsonException("it is null");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw NotFound(Path.GetFileName(folder));
        }
        catch (JsonException e)
        {
            throw new LoamException(ErrorCodes.StoreDamaged, $"{folder}/{Workspace.RecordName} cannot be read: {e.Message}", e) { Hint = "Delete the workspace, or mend the file." };
        }
    }

    internal static void WriteRecord(string folder, WorkspaceRecord record, StableStorage storage) => AtomicFile.Write(
        Path.Combine(folder, Workspace.RecordName), JsonSerializer.SerializeToUtf8Bytes(record, WorkspaceJson.Default.WorkspaceRecord), storage);

    private static string StemOf(string name) => $"workspace-{name}";

    private WorkspaceRecord Describe(string name, WorkspaceOptions options) => new()
    {
        Name = WorkspaceName.Check(name),
        Architecture = Platform.Host.Architecture,
        MemoryMib = options.MemoryMib,
        Cpus = options.Cpus,
        Env = options.Env,
        Kernel = options.Kernel is { } kernel ? Path.GetFullPath(kernel) : null,
        Setup = options.Setup,
        CreatedAt = _time.GetUtcNow(),
    };

    private WorkspaceRecord Describe(string name, ImageRecord image, WorkspaceOptions options)
    {
        if (!File.Exists(image.OutputPath))
        {
            throw new LoamException(ErrorCodes.ImageNotFound, $"the disk of {image.ImageRef} is not here") { Hint = "Pull the image." };
        }

        var key = new DirectoryInfo(Path.GetDirectoryName(image.OutputPath)!).Name;
        return Describe(name, options) with
        {
            Image = image.ImageRef,
            ImageDigest = image.Digest,
            Disk = key.StartsWith(DiskKey.FolderPrefix, StringComparison.Ordinal) ? key[DiskKey.FolderPrefix.Length..] : null,
            Architecture = image.Platform.Architecture,
            Config = store.FindConfig(image.Digest)?.Config ?? new RunConfig(),
        };
    }

    private async Task<(Workspace Workspace, DiskCopy Copy)> CreateAsync(
        WorkspaceRecord record, string disk, int? sizeMib, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        using var slot = await store.Staging.ReserveAsync(StemOf(record.Name), cancellationToken).ConfigureAwait(false);
        var folder = Prepare(slot, record.Name);
        var size = new FileInfo(disk) is { Exists: true } file ? file.Length : throw new LoamException(ErrorCodes.Io, $"there is no disk {disk}");
        if (sizeMib is { } asked && asked * Mebibyte < size)
        {
            throw new LoamException(ErrorCodes.DiskTooSmall, $"{disk} has {size} bytes; {sizeMib} MiB are less");
        }

        try
        {
            var target = Path.Combine(slot.Folder, Workspace.DiskName);
            var copy = DiskCopy.Make(disk, target, progress is null ? null : new CopyProgress(progress, DiskCopy.StoredBytes(disk)), cancellationToken);
            if (sizeMib is { } wanted && wanted * Mebibyte > size)
            {
                WorkspaceDisk.Grow(target, wanted * Mebibyte, cancellationToken);
            }

            store.Storage.Sync(target);
            return (Finish(slot, folder, record), copy);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw IoFailure.Translate(e, folder: null) is { } full && full.Code == ErrorCodes.DiskFull
                ? full
                : new LoamException(ErrorCodes.Io, $"workspace {record.Name} cannot be made from {disk}: {e.Message}", e);
        }
    }

    private string Prepare(StagingSlot slot, string name)
    {
        var folder = Path.Combine(Folder, name);
        if (Directory.Exists(folder))
        {
            throw new LoamException(ErrorCodes.WorkspaceExists, $"there is a workspace {name} already");
        }

        CreatePrivate(Folder);
        slot.Clear();
        CreatePrivate(slot.Folder);
        return folder;
    }

    /// <summary>Disks and consoles hold secrets of guests, and a machine's sockets obey whoever reaches them.</summary>
    private static void CreatePrivate(string folder)
    {
        Directory.CreateDirectory(folder);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private Workspace Finish(StagingSlot slot, string folder, WorkspaceRecord record)
    {
        WriteRecord(slot.Folder, record, store.Storage);
        AtomicFile.MoveFolder(slot.Folder, folder, store.Storage);
        return new Workspace(folder, record, store.Storage);
    }

    private sealed class CopyProgress(IProgress<WorkProgress> progress, long total) : IProgress<long>
    {
        public void Report(long value) => progress.Report(new WorkProgress(WorkPhase.Copy, -1, default, value, total));
    }
}
