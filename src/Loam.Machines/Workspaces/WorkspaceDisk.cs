using Loam.Files;
using Loam.Filesystems;

namespace Loam.Machines.Workspaces;

/// <summary>What is done to a workspace's disk while no machine runs on it.</summary>
internal static class WorkspaceDisk
{
    /// <summary>Makes a disk and its file system larger.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.DiskUnwritable"/>.</exception>
    public static void Grow(string disk, long bytes, CancellationToken cancellationToken) =>
        new FailureGuard(host: null, failure => CannotGrow(bytes, failure)).Run(() =>
        {
            Ext4Grow.Grow(disk, bytes, cancellationToken);
            return true;
        });

    /// <summary>Copies a file or a folder of a stopped workspace's disk to this host.</summary>
    /// <returns>How many devices, sockets and pipes were left out.</returns>
    /// <exception cref="LoamException"><see cref="ErrorCodes.WorkspaceInUse"/>, <see cref="ErrorCodes.DiskUnreadable"/>,
    /// <see cref="ErrorCodes.Io"/>.</exception>
    public static int CopyOut(Workspace workspace, string source, string target, StableStorage storage, CancellationToken cancellationToken)
    {
        using var held = workspace.Take(LockKind.Shared);
        return new FailureGuard(host: null, failure => Unreadable(workspace.DiskPath, failure)).Run(() =>
        {
            using var disk = Ext4Reader.Open(workspace.DiskPath, options: null, cancellationToken);
            return new HostCopy(disk, disk.ReadTree(cancellationToken), storage, cancellationToken).Copy(source, target);
        });
    }

    private static LoamException CannotGrow(long bytes, FilesystemException failure) =>
        new(ErrorCodes.DiskUnwritable, $"the disk cannot grow to {bytes} bytes: {failure.Message}", failure)
        {
            Hint = "Leave --size-mib out, or pull the image with it.",
        };

    private static LoamException Unreadable(string disk, FilesystemException failure) =>
        new(ErrorCodes.DiskUnreadable, $"{disk}: {failure.Message}", failure);
}
