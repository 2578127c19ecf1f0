namespace Loam;

public static partial class ErrorCodes
{
    /// <summary>The image does not fit on a disk of the given size.</summary>
    public static readonly ErrorCode DiskTooSmall = new(
        "disk_too_small", ErrorClass.Failed, "The image does not fit on a disk of the given size.", "Give a larger --size-mib, or omit it.");

    /// <summary>The image cannot be described by the disk's file system.</summary>
    public static readonly ErrorCode DiskUnwritable = new(
        "disk_unwritable", ErrorClass.Failed,
        "The image contains something that the disk's file system cannot contain.",
        "Change or remove the file that the message names.");

    /// <summary>A guest init cannot be installed.</summary>
    public static readonly ErrorCode GuestInitInvalid = new(
        "guest_init_invalid", ErrorClass.Usage, "The guest init cannot be read or installed.", "Give the path of an executable file.");

    /// <summary>An image has no disk in the store.</summary>
    public static readonly ErrorCode DiskMissing = new(
        "disk_missing", ErrorClass.NotFound, "The image has no disk in the store.", "Pull the image again to build its disk.");

    /// <summary>No registry has a built disk of the image.</summary>
    public static readonly ErrorCode DiskNotOffered = new(
        "disk_not_offered", ErrorClass.NotFound,
        "The registry has no disk of this image that was built with the same options.",
        "Build it with `loam pull`, and push it with `loam rootfs push`.");

    /// <summary>A disk's artifact is malformed.</summary>
    public static readonly ErrorCode DiskArtifactInvalid = new(
        "disk_artifact_invalid", ErrorClass.Corrupt,
        "A disk in the registry has an invalid description.",
        "Push it again with `loam rootfs push`, or build the disk with `loam pull`.");

    /// <summary>The external mke2fs failed.</summary>
    public static readonly ErrorCode Mke2fsFailed = new(
        "mke2fs_failed", ErrorClass.Failed, "The mke2fs program failed.", "Omit --mke2fs to let Loam write the disk itself.");
}
