using Loam.Files;
using Loam.Filesystems;

namespace Loam.Machines.Workspaces;

/// <summary>What is done to a workspace's disk while no machine runs on it.</summary>
internal static class WorkspaceDisk
{
    /// <summary>Makes a disk and its file system larger.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.DiskUnwritable"/>.</exception>
    public static void Grow(string disk, long bytes, CancellationToken cancellationToken)
    {
        try
        {
            Ext4Grow.Grow(disk, bytes, cancellationToken);
        }
        catch (FilesystemException e)
        {
            throw new LoamException(ErrorCodes.DiskUnwritable, $"the disk cannot grow to {bytes} bytes: {e.Message}", e) { Hint = "Leave --size-mib out, or pull the image with it." };
        }
    }

    /// <summary>Copies a file or a folder of a stopped workspace's disk to this machine.</summary>
    /// <returns>How many devices, sockets and pipes were left out.</returns>
    /// <exception cref="LoamException"><see cref="ErrorCodes.WorkspaceInUse"/>, <see cref="ErrorCodes.DiskUnreadable"/>,
    /// <see cref="ErrorCodes.Io"/>.</exception>
    public static int CopyOut(Workspace workspace, string source, string target, StableStorage storage, CancellationToken cancellationToken)
    {
        using var held = workspace.Take(LockKind.Shared);
        try
        {
            using var disk = Ext4Reader.Open(workspace.DiskPath, options: null, cancellationToken);
            var copy = new HostCopy(disk, disk.ReadTree(cancellationToken), storage, cancellationToken);
            copy.Copy(source, target);
            return copy.LeftOut;
        }
        catch (FilesystemException e)
        {
            throw new LoamException(ErrorCodes.DiskUnreadable, $"{workspace.DiskPath}: {e.Message}", e);
        }
    }
}
