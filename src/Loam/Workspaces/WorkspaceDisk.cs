using Loam.Filesystems;

namespace Loam;

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
}
