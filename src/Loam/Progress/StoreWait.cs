namespace Loam;

/// <summary>What another process is working on.</summary>
public enum WaitKind
{
    /// <summary>The whole store: another process removes files from it, or waits to.</summary>
    Store,

    /// <summary>The names of images, which are being changed.</summary>
    Names,

    /// <summary>A disk that is being made, by its key.</summary>
    Disk,

    /// <summary>A blob that is being fetched, by its digest.</summary>
    Blob,

    /// <summary>A workspace that is being made or removed, by its name.</summary>
    Workspace,

    /// <summary>Something else.</summary>
    Other,
}

/// <summary>A call has waited a second for another process that uses the same state folder, and continues to wait.</summary>
/// <param name="LockPath">The lock that the other process holds: <c>store.lock</c> and <c>store.gate</c> stand for the whole store, the
/// locks in <c>ingest/</c> for the one thing they are named after.</param>
public sealed record StoreWait(string LockPath)
{
    private const string DiskPrefix = "disk-";
    private const string WorkspacePrefix = "workspace-";

    /// <summary>What the other process is working on.</summary>
    public WaitKind Kind => Stem switch
    {
        "store" => WaitKind.Store,
        "index" => WaitKind.Names,
        var stem when stem.StartsWith(DiskPrefix, StringComparison.Ordinal) => WaitKind.Disk,
        var stem when stem.StartsWith(WorkspacePrefix, StringComparison.Ordinal) => WaitKind.Workspace,
        _ => Blob is null ? WaitKind.Other : WaitKind.Blob,
    };

    /// <summary>The thing's name: a disk's key, a blob's digest, a workspace's name; null for the store and its names.</summary>
    public string? Name => Kind switch
    {
        WaitKind.Disk => Stem[DiskPrefix.Length..],
        WaitKind.Workspace => Stem[WorkspacePrefix.Length..],
        WaitKind.Blob => Blob,
        WaitKind.Other => Stem,
        _ => null,
    };

    private string Stem => Path.GetFileNameWithoutExtension(LockPath);

    private string? Blob => Digest.TryParse(Stem.Replace('-', ':'), out var digest) ? digest.ToString() : null;

    /// <summary>What is waited for, in words: <c>another process that works on disk 0123…</c>.</summary>
    /// <returns>A phrase without a full stop, for a sentence like "waiting for …".</returns>
    public override string ToString() => Kind switch
    {
        WaitKind.Store => "another process that works on the whole store",
        WaitKind.Names => "another process that changes the names of images",
        var kind => $"another process that works on {(kind == WaitKind.Other ? "" : kind.ToString().ToLowerInvariant() + " ")}{Name}",
    };
}
