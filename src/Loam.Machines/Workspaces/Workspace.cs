using Loam.Files;
using Loam.Machines.Machine;

namespace Loam.Machines;

/// <summary>A disk of its own and how to boot it. One lock says who uses the disk: held shared by readers, exclusive
/// by a machine, by the process that runs it, and by a process that changes the workspace.</summary>
public class Workspace
{
    internal const string DiskName = "disk.ext4";
    internal const string RecordName = "workspace.json";

    private readonly StableStorage _storage;

    /// <summary>For tests that need a workspace; others come from <see cref="WorkspaceStore"/>. Nothing is made or read.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="record">What it was made from and how it starts.</param>
    /// <exception cref="ArgumentNullException">One of them is null.</exception>
    public Workspace(string folder, WorkspaceRecord record)
        : this(folder, record, StableStorage.Real)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(record);
    }

    internal Workspace(string folder, WorkspaceRecord record, StableStorage storage)
    {
        _storage = storage;
        Folder = folder;
        Record = record;
    }

    /// <summary>Its name.</summary>
    public string Name => Record.Name;

    /// <summary>What it was made from and how it starts.</summary>
    public WorkspaceRecord Record { get; private set; }

    /// <summary>Its folder.</summary>
    public string Folder { get; }

    /// <summary>Its disk; a throwaway workspace has none of its own.</summary>
    public string DiskPath => Path.Combine(Folder, DiskName);

    /// <summary>What its guest printed since it was last started.</summary>
    public string ConsolePath => Path.Combine(Folder, "console.log");

    internal string LockPath => LockIn(Folder);

    internal RunRecordFile Run => new(Folder, _storage);

    /// <summary>The machine that is running on it, or ran last.</summary>
    /// <returns>Its record; null where none did.</returns>
    public virtual RunRecord? ReadRun() => Run.Read();

    /// <summary>Whether a machine is running, or something else has exclusive use of the disk. Known from a lock that ends with
    /// its holder, so that it is correct at once after a kill.</summary>
    public virtual bool InUse
    {
        get
        {
            using var free = TryLock(LockKind.Shared);
            return free is null;
        }
    }

    internal static string LockIn(string folder) => Path.Combine(folder, "lock");

    /// <summary>Takes the disk for reading, or for changing it.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.WorkspaceInUse"/> while a machine runs on it,
    /// <see cref="ErrorCodes.WorkspaceNotFound"/> where it was deleted meanwhile.</exception>
    internal FileLock Take(LockKind kind)
    {
        var taken = TryLock(kind) ?? throw Failure(ErrorCodes.WorkspaceInUse, $"workspace {Name} is {(Run.Read() is null ? "in use" : "running")}");
        try
        {
            // Whoever held it before may have changed it.
            Record = WorkspaceStore.ReadRecord(Folder);
            return taken;
        }
        catch
        {
            taken.Dispose();
            throw;
        }
    }

    /// <summary>A failure that names the workspace.</summary>
    internal LoamException Failure(ErrorCode code, string message) =>
        new(code, message) { Details = new Dictionary<string, string>(StringComparer.Ordinal) { ["workspace"] = Name } };

    internal FileLock? TryLock(LockKind kind)
    {
        try
        {
            return FileLock.TryAcquire(LockPath, kind);
        }
        catch (IOException) when (!Directory.Exists(Folder))
        {
            throw WorkspaceStore.NotFound(Name);
        }
    }

    /// <summary>Changes the record; the caller holds the lock.</summary>
    internal void Update(WorkspaceRecord record)
    {
        WorkspaceStore.WriteRecord(Folder, record, _storage);
        Record = record;
    }
}
