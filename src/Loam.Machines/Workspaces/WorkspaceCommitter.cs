using Loam.Committing;
using Loam.Files;

namespace Loam.Machines;

/// <summary>Makes images of stopped workspaces.</summary>
public sealed class WorkspaceCommitter(ImageStore store)
{
    /// <summary>Commits a stopped workspace.</summary>
    /// <param name="workspace">The workspace; others may read its disk meanwhile.</param>
    /// <param name="name">What the image is to be called; no digest.</param>
    /// <param name="options">How.</param>
    /// <param name="progress">Told how far it has come.</param>
    /// <param name="cancellationToken">Ends it; nothing new is left.</param>
    /// <exception cref="LoamException"><see cref="ErrorCodes.WorkspaceInUse"/> while a machine runs or is paused; otherwise as
    /// <see cref="Committer.CommitDiskAsync"/>.</exception>
    public async Task<CommittedImage> CommitAsync(
        Workspace workspace, ImageReference name, CommitOptions options, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        using var still = workspace.Take(LockKind.Shared);
        var record = workspace.Record;
        var known = new DiskOrigin(record.ImageDigest, new Platform { Os = "linux", Architecture = record.Architecture }.Normalize(), record.Config);
        return await new Committer(store).CommitAsync(workspace.DiskPath, name, known, options, progress, cancellationToken).ConfigureAwait(false);
    }
}
