using Loam.Committing;
using Loam.Files;

namespace Loam.Machines;

/// <summary>Makes images of stopped workspaces.</summary>
/// <example>
/// <code>
/// var store = ImageStore.Open();
/// var workspace = new WorkspaceStore(store).Get("work");
/// await new WorkspaceCommitter(store).CommitAsync(workspace, "registry.example/team/work:1", new CommitOptions { Layered = true });
/// </code>
/// </example>
public class WorkspaceCommitter
{
    private readonly ImageStore _store;

    /// <summary>Makes images in a store.</summary>
    /// <param name="store">The store.</param>
    /// <exception cref="ArgumentNullException"><paramref name="store"/> is null.</exception>
    public WorkspaceCommitter(ImageStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        _store = store;
    }

    /// <summary>For tests that derive from this class.</summary>
    protected WorkspaceCommitter() => _store = null!;

    /// <summary>Commits a stopped workspace.</summary>
    /// <param name="workspace">The workspace; others may read its disk meanwhile.</param>
    /// <param name="name">The image's new name; without a digest.</param>
    /// <param name="options">How; null for one layer of all that is on the disk.</param>
    /// <param name="progress">Receives progress reports; null for none.</param>
    /// <param name="cancellationToken">Cancels the call; nothing new is left behind.</param>
    /// <returns>The image, and what could not be kept.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="workspace"/> or <paramref name="name"/> is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.WorkspaceInUse"/> while a machine is running or paused; otherwise what
    /// <see cref="Committer"/> throws.</exception>
    public virtual async Task<CommittedImage> CommitAsync(
        Workspace workspace,
        ImageReference name,
        CommitOptions? options = null,
        IProgress<WorkProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(workspace);
        ArgumentNullException.ThrowIfNull(name);
        using var still = workspace.Take(LockKind.Shared);
        var record = workspace.Record;
        var known = new DiskOrigin(record.ImageDigest, new Platform { Os = "linux", Architecture = record.Architecture }.Normalize(), record.Config);
        return await new Committer(_store).CommitAsync(workspace.DiskPath, name, known, options ?? new CommitOptions(), progress, cancellationToken)
            .ConfigureAwait(false);
    }

    /// <summary>Commits a stopped workspace.</summary>
    /// <param name="workspace">The workspace; others may read its disk meanwhile.</param>
    /// <param name="name">The image's new name: <c>app:1</c>, <c>registry.example/team/app:1</c>.</param>
    /// <param name="options">How; null for one layer of all that is on the disk.</param>
    /// <param name="progress">Receives progress reports; null for none.</param>
    /// <param name="cancellationToken">Cancels the call; nothing new is left behind.</param>
    /// <returns>The image, and what could not be kept.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="workspace"/> or <paramref name="name"/> is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.InvalidReference"/>, and what committing under an
    /// <see cref="ImageReference"/> throws.</exception>
    public Task<CommittedImage> CommitAsync(
        Workspace workspace, string name, CommitOptions? options = null, IProgress<WorkProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
        CommitAsync(workspace, ImageReference.Parse(name), options, progress, cancellationToken);
}
