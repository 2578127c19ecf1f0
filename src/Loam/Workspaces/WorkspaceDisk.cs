namespace Loam;

/// <summary>What is done to a workspace's disk while no machine runs on it.</summary>
internal static class WorkspaceDisk
{
    /// <summary>Makes a disk and its file system larger.</summary>
    public static void Grow(string disk, long bytes) =>
        throw new LoamException(ErrorCodes.DiskUnwritable, $"{disk} cannot grow to {bytes} bytes: not built yet") { Hint = "Leave --size-mib out, or pull the image with --size-mib." };
}
