namespace Loam;

public static partial class ErrorCodes
{
    /// <summary>The store's own files cannot be read.</summary>
    public static readonly ErrorCode StoreDamaged = new(
        "store_damaged", ErrorClass.Corrupt, "A file of the store is damaged.", "Pull the image again with --force.");

    /// <summary>The store was made by a newer Loam.</summary>
    public static readonly ErrorCode StoreTooNew = new(
        "store_too_new", ErrorClass.Failed, "The state folder was made by a newer version of Loam.", "Update Loam, or give another --state-dir.");

    /// <summary>A blob that should be in the store is not.</summary>
    public static readonly ErrorCode BlobMissing = new(
        "blob_missing", ErrorClass.Corrupt, "A blob that an image in the store needs is missing.", "Pull the image again with --force.");

    /// <summary>No image of that name is in the store.</summary>
    public static readonly ErrorCode ImageNotFound = new(
        "image_not_found", ErrorClass.NotFound, "No image of that name is in the store.", "See `loam image list`, or pull it first.");

    /// <summary>All platforms of an image are wanted, and its index is not here.</summary>
    public static readonly ErrorCode IndexMissing = new(
        "index_missing",
        ErrorClass.NotFound,
        "The image has no index in the store that leads to all its platforms.",
        "Pull it again by the index's name, or push a single platform.");

    /// <summary>A digest is wanted and a tag was given.</summary>
    public static readonly ErrorCode MutableReference = new(
        "mutable_reference",
        ErrorClass.Refused,
        "The reference is a tag, which can lead elsewhere tomorrow.",
        "Name the image by digest, or pass --allow-mutable.");

    /// <summary>What was given can mean several images.</summary>
    public static readonly ErrorCode ImageAmbiguous = new(
        "image_ambiguous", ErrorClass.Usage, "A digest's beginning, or the end of a reference, fits several images.", "Give more of it.");

    /// <summary>A name to be set states a digest.</summary>
    public static readonly ErrorCode TagInvalid = new(
        "tag_invalid", ErrorClass.Usage, "A new name for an image must be a tag, not a digest.", "Write it as [host[:port]/]name[:tag].");

    /// <summary>A workspace uses the image.</summary>
    public static readonly ErrorCode ImageInUse = new(
        "image_in_use", ErrorClass.Refused, "A workspace was made from the image.", "Delete the workspace first, or pass --force.");

    /// <summary>Something would be deleted, and nobody said yes.</summary>
    public static readonly ErrorCode NeedsConfirmation = new(
        "needs_confirmation", ErrorClass.Refused, "Something would be deleted, and nobody has confirmed it.", "Pass --yes, or look first with --dry-run.");

    /// <summary>A workspace's record cannot be read.</summary>
    public static readonly ErrorCode WorkspaceUnreadable = new(
        "workspace_unreadable",
        ErrorClass.Corrupt,
        "A workspace's record cannot be read, so what it uses is not known.",
        "Fix or remove the workspace's folder.");

    /// <summary>The check of the store found damage.</summary>
    public static readonly ErrorCode StoreCheckFailed = new(
        "store_check_failed", ErrorClass.Corrupt, "The check of the store found damage.", "Run `loam store check --repair`, then pull what it could not fix.");

    /// <summary>Nothing may be written in the state folder.</summary>
    public static readonly ErrorCode StoreReadOnly = new(
        "store_read_only", ErrorClass.Failed, "The state folder may be read but not written.", "Make it writable, or give another --state-dir.");

    /// <summary>The state folder is another user's.</summary>
    public static readonly ErrorCode StoreForeign = new(
        "store_foreign", ErrorClass.Failed, "The state folder belongs to another user.", "Run as that user, or give another --state-dir.");

    /// <summary>There is no space left.</summary>
    public static readonly ErrorCode DiskFull = new(
        "disk_full",
        ErrorClass.Failed,
        "The file system has no space left, or the user's quota is used up.",
        "Free space, for example with `loam image prune --delete`, or give another --state-dir.");
}
