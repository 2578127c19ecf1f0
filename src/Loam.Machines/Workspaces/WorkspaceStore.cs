using System.Text.Json;
using Loam.Files;
using Loam.Filesystems;
using Loam.Machines.Workspaces;
using Loam.Store;

namespace Loam.Machines;

/// <summary>A workspace that was made.</summary>
/// <param name="Workspace">The workspace.</param>
/// <param name="Copy">How its disk was copied: with shared blocks, or how many bytes.</param>
public sealed record CreatedWorkspace(Workspace Workspace, DiskCopy Copy);

/// <summary>The workspaces of a state folder: <c>workspaces/&lt;name&gt;/</c>, each appearing and disappearing in one
/// step.</summary>
/// <example>
/// <code>
/// using var loam = LoamClient.Open();
/// var pulled = await loam.PullAsync("debian");
/// var workspaces = new WorkspaceStore(loam.Store);
/// var created = await workspaces.CreateAsync("work", pulled.Image);
/// Console.WriteLine(created.Workspace.DiskPath);
/// </code>
/// </example>
public class WorkspaceStore
{
    private const long Mebibyte = 1 << 20;

    private readonly ImageStore _store;
    private readonly TimeProvider _time;

    /// <summary>Opens the workspaces of a store's state folder.</summary>
    /// <param name="store">The store.</param>
    /// <param name="time">The clock; null for the system's.</param>
    /// <exception cref="ArgumentNullException"><paramref name="store"/> is null.</exception>
    public WorkspaceStore(ImageStore store, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(store);
        _store = store;
        _time = time ?? TimeProvider.System;
    }

    /// <summary>For tests that derive from this class.</summary>
    protected WorkspaceStore() => (_store, _time) = (null!, TimeProvider.System);

    /// <summary>The folder that holds them.</summary>
    public virtual string Folder => Path.Combine(_store.Root, "workspaces");

    internal ImageStore Images => _store;

    /// <summary>Finds a workspace that must exist.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The workspace as it is now.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="name"/> is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.WorkspaceNotFound"/>,
    /// <see cref="ErrorCodes.InvalidWorkspaceName"/>, <see cref="ErrorCodes.StoreDamaged"/>.</exception>
    public virtual Workspace Get(string name)
    {
        var folder = Path.Combine(Folder, WorkspaceName.Check(name));
        return new Workspace(folder, ReadRecord(folder), _store.Storage);
    }

    /// <summary>Finds a workspace.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The workspace as it is now; null where there is none.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="name"/> is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.InvalidWorkspaceName"/>, <see cref="ErrorCodes.StoreDamaged"/>.</exception>
    public virtual Workspace? Find(string name)
    {
        var folder = Path.Combine(Folder, WorkspaceName.Check(name));
        return FindRecord(folder) is { } record ? new Workspace(folder, record, _store.Storage) : null;
    }

    /// <summary>All workspaces.</summary>
    /// <returns>The workspaces, in the order of their names.</returns>
    /// <exception cref="LoamException"><see cref="ErrorCodes.StoreDamaged"/>.</exception>
    public virtual IReadOnlyList<Workspace> List()
    {
        if (!Directory.Exists(Folder))
        {
            return [];
        }

        // One may be deleted between the listing and the look.
        return
        [
            .. from folder in Directory.EnumerateDirectories(Folder).Order(StringComparer.Ordinal)
               let record = FindRecord(folder)
               where record is not null
               select new Workspace(folder, record, _store.Storage),
        ];
    }

    /// <summary>Makes a workspace from an image of the store.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="image">The image, with its disk.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="progress">Receives the number of bytes of the disk copied so far; null for none.</param>
    /// <param name="cancellationToken">Cancels the call; nothing new is left behind.</param>
    /// <returns>The workspace, and how its disk was copied.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="name"/> or <paramref name="image"/> is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.WorkspaceExists"/>, <see cref="ErrorCodes.DiskTooSmall"/>,
    /// <see cref="ErrorCodes.InvalidWorkspaceName"/>, <see cref="ErrorCodes.ImageNotFound"/> where the image has no disk.</exception>
    public virtual Task<CreatedWorkspace> CreateAsync(
        string name, ImageRecord image, WorkspaceOptions? options = null, IProgress<WorkProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        return _store.RunAsync("create", name, progress, async (store, work) =>
        {
            var run = new WorkspaceStore(store, _time);
            using var held = await store.HoldAsync(cancellationToken).ConfigureAwait(false);
            var record = run.Describe(name, image, options ?? new WorkspaceOptions());
            return await run.CreateAsync(record, image.OutputPath, options?.SizeMib, work, cancellationToken).ConfigureAwait(false);
        });
    }

    /// <summary>Makes a workspace from a disk file.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="disk">The disk; it is copied.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="progress">Receives the number of bytes of the disk copied so far; null for none.</param>
    /// <param name="cancellationToken">Cancels the call; nothing new is left behind.</param>
    /// <returns>The workspace, and how its disk was copied.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="name"/> or <paramref name="disk"/> is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.WorkspaceExists"/>, <see cref="ErrorCodes.DiskTooSmall"/>,
    /// <see cref="ErrorCodes.InvalidWorkspaceName"/>, <see cref="ErrorCodes.Io"/>.</exception>
    public virtual Task<CreatedWorkspace> CreateAsync(
        string name, string disk, WorkspaceOptions? options = null, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(disk);
        return _store.RunAsync("create", name, progress, (store, work) =>
        {
            var run = new WorkspaceStore(store, _time);
            return run.CreateAsync(run.Describe(name, options ?? new WorkspaceOptions()), disk, options?.SizeMib, work, cancellationToken);
        });
    }

    /// <summary>Copies a stopped workspace under another name.</summary>
    /// <param name="source">The workspace.</param>
    /// <param name="name">The copy's name.</param>
    /// <param name="progress">Receives the number of bytes of the disk copied so far; null for none.</param>
    /// <param name="cancellationToken">Cancels the call; nothing new is left behind.</param>
    /// <returns>The copy, and how its disk was copied.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="source"/> or <paramref name="name"/> is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.WorkspaceExists"/>, <see cref="ErrorCodes.WorkspaceInUse"/>,
    /// <see cref="ErrorCodes.InvalidWorkspaceName"/>.</exception>
    public virtual Task<CreatedWorkspace> CloneAsync(
        Workspace source, string name, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        return _store.RunAsync("clone", source.Name, progress, async (store, work) =>
        {
            using var held = source.Take(LockKind.Shared);
            var record = source.Record with { Name = WorkspaceName.Check(name), CreatedAt = _time.GetUtcNow() };
            return await new WorkspaceStore(store, _time).CreateAsync(record, source.DiskPath, sizeMib: null, work, cancellationToken).ConfigureAwait(false);
        });
    }

    /// <summary>Deletes a stopped workspace.</summary>
    /// <param name="workspace">The workspace.</param>
    /// <param name="cancellationToken">Cancels the wait for other processes.</param>
    /// <returns>A task that ends when it was removed.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="workspace"/> is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.WorkspaceInUse"/>, <see cref="ErrorCodes.WorkspaceNotFound"/>.</exception>
    public virtual async Task DeleteAsync(Workspace workspace, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(workspace);
        using var held = workspace.Take(LockKind.Exclusive);
        await RemoveAsync(workspace, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes a workspace that runs on an image's own disk without changing it. The caller holds its lock from
    /// the start; whoever finds it unlocked removes it.</summary>
    internal async Task<(Workspace Workspace, FileLock Held)> CreateThrowawayAsync(
        string name, ImageRecord image, WorkspaceOptions options, CancellationToken cancellationToken)
    {
        var record = Describe(name, image, options) with { Throwaway = true };
        using var slot = await _store.Staging.ReserveAsync(StemOf(name), cancellationToken).ConfigureAwait(false);
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
        using var slot = await _store.Staging.ReserveAsync(StemOf(workspace.Name), cancellationToken).ConfigureAwait(false);
        slot.Clear();
        _store.Storage.MoveFolder(workspace.Folder, slot.Folder);
        _store.Storage.SyncFolder(Folder);
    }

    internal static LoamException NotFound(string name) => new(ErrorCodes.WorkspaceNotFound, $"there is no workspace {name}")
    {
        Details = new Dictionary<string, string>(StringComparer.Ordinal) { ["workspace"] = name },
    };

    internal static WorkspaceRecord ReadRecord(string folder) => FindRecord(folder) ?? throw NotFound(Path.GetFileName(folder));

    internal static WorkspaceRecord? FindRecord(string folder)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(Path.Combine(folder, Workspace.RecordName)), WorkspaceJson.Default.WorkspaceRecord)
                ?? throw new JsonException("it is null");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (JsonException e)
        {
            throw new LoamException(ErrorCodes.StoreDamaged, $"{folder}/{Workspace.RecordName} cannot be read: {e.Message}", e)
            {
                Hint = "Delete the workspace, or fix the file.",
            };
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
            throw new LoamException(ErrorCodes.ImageNotFound, $"the disk of {image.ImageRef} is not in the store") { Hint = "Pull the image." };
        }

        var key = new DirectoryInfo(Path.GetDirectoryName(image.OutputPath)!).Name;
        return Describe(name, options) with
        {
            Image = image.ImageRef,
            ImageDigest = image.Digest,
            Disk = key.StartsWith(DiskKey.FolderPrefix, StringComparison.Ordinal) ? key[DiskKey.FolderPrefix.Length..] : null,
            Architecture = image.Platform.Architecture,
            Config = _store.FindConfig(image.Digest)?.Config ?? new RunConfig(),
        };
    }

    private async Task<CreatedWorkspace> CreateAsync(
        WorkspaceRecord record, string disk, int? sizeMib, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        using var slot = await _store.Staging.ReserveAsync(StemOf(record.Name), cancellationToken).ConfigureAwait(false);
        var folder = Prepare(slot, record.Name);
        var size = new FileInfo(disk) is { Exists: true } file ? file.Length : throw new LoamException(ErrorCodes.Io, $"disk {disk} does not exist");
        if (sizeMib is { } asked && asked * Mebibyte < size)
        {
            throw new LoamException(ErrorCodes.DiskTooSmall, $"{disk} has {size} bytes; {sizeMib} MiB are less");
        }

        return new FailureGuard(failure => CannotCopy(record.Name, disk, failure), disk: null).Run(() =>
        {
            var target = Path.Combine(slot.Folder, Workspace.DiskName);
            var copy = DiskCopy.Make(disk, target, progress is null ? null : new CopyProgress(progress, DiskCopy.StoredBytes(disk)), cancellationToken);
            if (sizeMib is { } wanted && wanted * Mebibyte > size)
            {
                WorkspaceDisk.Grow(target, wanted * Mebibyte, cancellationToken);
            }

            _store.Storage.Sync(target);
            return new CreatedWorkspace(Finish(slot, folder, record), copy);
        });
    }

    private static LoamException CannotCopy(string name, string disk, Exception failure) =>
        IoFailure.Translate(failure, folder: null) is { } full && full.Code == ErrorCodes.DiskFull
            ? full
            : new LoamException(ErrorCodes.Io, $"workspace {name} cannot be made from {disk}: {failure.Message}", failure);

    private string Prepare(StagingSlot slot, string name)
    {
        var folder = Path.Combine(Folder, name);
        if (Directory.Exists(folder))
        {
            throw new LoamException(ErrorCodes.WorkspaceExists, $"workspace {name} already exists");
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
        WriteRecord(slot.Folder, record, _store.Storage);
        AtomicFile.MoveFolder(slot.Folder, folder, _store.Storage);
        return new Workspace(folder, record, _store.Storage);
    }

    private sealed class CopyProgress(IProgress<WorkProgress> progress, long total) : IProgress<long>
    {
        public void Report(long value) => progress.Report(new WorkProgress(WorkPhase.Copy, null, null, value, total));
    }
}
