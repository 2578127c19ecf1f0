namespace Loam;

public static partial class ErrorCodes
{
    /// <summary>A file is not an ext4 disk.</summary>
    public static readonly ErrorCode DiskNotExt4 = new(
        "disk_not_ext4", ErrorClass.Failed, "A file is not an ext4 disk.", "Give the ext4 file system itself, not a partitioned disk or another format.");

    /// <summary>A disk's file system contradicts itself.</summary>
    public static readonly ErrorCode DiskDamaged = new(
        "disk_damaged", ErrorClass.Corrupt, "A disk's file system is damaged.", "Repair a copy of the disk with e2fsck, and use that.");

    /// <summary>A disk uses a feature that is not read.</summary>
    public static readonly ErrorCode DiskUnsupported = new(
        "disk_unsupported",
        ErrorClass.Failed,
        "A disk uses a feature of ext4 that Loam does not read.",
        "The message names it; make the file system without it.");

    /// <summary>A disk holds more than is read.</summary>
    public static readonly ErrorCode DiskLimitExceeded = new(
        "disk_limit_exceeded",
        ErrorClass.Corrupt,
        "A disk holds more names than are read, or reading it would take too much memory.",
        "If the disk is trusted, split it.");

    /// <summary>No such path on a disk.</summary>
    public static readonly ErrorCode DiskPathNotFound = new(
        "disk_path_not_found", ErrorClass.NotFound, "The disk has no such path.", "See `loam rootfs ls` for what it has.");

    /// <summary>A path on a disk is not what the command needs.</summary>
    public static readonly ErrorCode DiskPathInvalid = new(
        "disk_path_invalid", ErrorClass.Usage, "A path on the disk is not what the command needs.", "The message says what it is.");

    /// <summary>A tree cannot be said in a layer.</summary>
    public static readonly ErrorCode LayerUnwritable = new(
        "layer_unwritable", ErrorClass.Failed, "The disk holds something that a layer cannot.", "The message names the file and the limit.");

    /// <summary>The base image is not here.</summary>
    public static readonly ErrorCode BaseMissing = new(
        "base_missing",
        ErrorClass.NotFound,
        "The image that the disk was made from is not in the store, so the changes relative to it cannot be computed.",
        "Pull it again, name one with --base, or leave --layered out.");

    /// <summary>A change of the configuration cannot be understood.</summary>
    public static readonly ErrorCode ConfigChangeInvalid = new(
        "config_change_invalid",
        ErrorClass.Usage,
        "A change of the image's configuration cannot be understood.",
        "Write it as in a Dockerfile: ENV, CMD, ENTRYPOINT, USER, WORKDIR, LABEL, EXPOSE, VOLUME or STOPSIGNAL and what belongs to it.");

    /// <summary>The external debugfs failed.</summary>
    public static readonly ErrorCode DebugfsFailed = new(
        "debugfs_failed", ErrorClass.Failed, "The debugfs program failed.", "Leave --debugfs out to let Loam read the disk itself.");
}
