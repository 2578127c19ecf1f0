namespace Loam;

public static partial class ErrorCodes
{
    /// <summary>A file is not an ext4 disk.</summary>
    public static readonly ErrorCode DiskNotExt4 = new(
        "disk_not_ext4", ErrorClass.Failed, "A file is not an ext4 disk.", "Use the ext4 file system itself, not a partitioned disk or another format.");

    /// <summary>A disk's file system contradicts itself.</summary>
    public static readonly ErrorCode DiskDamaged = new(
        "disk_damaged", ErrorClass.Corrupt, "A disk's file system is damaged.", "Repair a copy of the disk with e2fsck, and use the copy.");

    /// <summary>A disk uses a feature that is not read.</summary>
    public static readonly ErrorCode DiskUnsupported = new(
        "disk_unsupported", ErrorClass.Failed,
        "A disk uses an ext4 feature that Loam does not read.",
        "Create the file system without the feature that the message names.");

    /// <summary>A disk contains more than is read.</summary>
    public static readonly ErrorCode DiskLimitExceeded = new(
        "disk_limit_exceeded", ErrorClass.Corrupt,
        "A disk contains more names than Loam reads, or reading it would take too much memory.",
        "If you trust the disk, split its contents over several disks.");

    /// <summary>No such path on a disk.</summary>
    public static readonly ErrorCode DiskPathNotFound = new(
        "disk_path_not_found", ErrorClass.NotFound, "The disk has no such path.", "List the disk with `loam rootfs ls`.");

    /// <summary>A path on a disk is not what the command needs.</summary>
    public static readonly ErrorCode DiskPathInvalid = new(
        "disk_path_invalid", ErrorClass.Usage,
        "A path on the disk is not what the command needs.",
        "Use a path of the kind that the message names; `loam rootfs ls` lists them.");

    /// <summary>The disk contains something that a layer cannot contain.</summary>
    public static readonly ErrorCode LayerUnwritable = new(
        "layer_unwritable", ErrorClass.Failed, "The disk contains something that a layer cannot contain.", "Change or remove the file that the message names.");

    /// <summary>The base image is not in the store.</summary>
    public static readonly ErrorCode BaseMissing = new(
        "base_missing", ErrorClass.NotFound,
        "The image that the disk was made from is not in the store, so the changes relative to it cannot be computed.",
        "Pull it again, name another with --base, or omit --layered.");

    /// <summary>A change of the configuration cannot be understood.</summary>
    public static readonly ErrorCode ConfigChangeInvalid = new(
        "config_change_invalid", ErrorClass.Usage,
        "A change of the image's configuration is malformed.",
        "Write it as a Dockerfile does: ENV, CMD, ENTRYPOINT, USER, WORKDIR, LABEL, EXPOSE, VOLUME or STOPSIGNAL with its arguments.");

    /// <summary>The external debugfs failed.</summary>
    public static readonly ErrorCode DebugfsFailed = new(
        "debugfs_failed", ErrorClass.Failed, "The debugfs program failed.", "Omit --debugfs to let Loam read the disk itself.");
}
