namespace Loam;

public static partial class ErrorCodes
{
    /// <summary>The store's own files cannot be read.</summary>
    public static readonly ErrorCode StoreDamaged = new(
        "store_damaged", ErrorClass.Corrupt, "A file in the store is damaged.", "Pull the image again with --force.");

    /// <summary>The store was made by a newer Loam.</summary>
    public static readonly ErrorCode StoreTooNew = new(
        "store_too_new", ErrorClass.Failed, "The state folder was created by a newer version of Loam.", "Update Loam, or use another --state-dir.");

    /// <summary>A blob that should be in the store is not.</summary>
    public static readonly ErrorCode BlobMissing = new(
        "blob_missing", ErrorClass.Corrupt, "A blob that an image needs is missing from the store.", "Pull the image again with --force.");

    /// <summary>No image of that name is in the store.</summary>
    public static readonly ErrorCode ImageNotFound = new(
        "image_not_found", ErrorClass.NotFound, "No image with that name is in the store.", "See `loam image list`, or pull the image first.");

    /// <summary>All platforms of an image are wanted, and its index is not in the store.</summary>
    public static readonly ErrorCode IndexMissing = new(
        "index_missing", ErrorClass.NotFound,
        "The store has no index that lists all platforms of the image.",
        "Pull it again by the name of the index, or push one platform.");

    /// <summary>A digest is wanted and a tag was given.</summary>
    public static readonly ErrorCode MutableReference = new(
        "mutable_reference", ErrorClass.Refused,
        "The reference is a tag, which can name another image tomorrow.",
        "Name the image by digest, or pass --allow-mutable.");

    /// <summary>A name can mean several images.</summary>
    public static readonly ErrorCode ImageAmbiguous = new(
        "image_ambiguous", ErrorClass.Usage, "The start of a digest, or the end of a reference, matches several images.", "Write more of it.");

    /// <summary>A new name has a digest.</summary>
    public static readonly ErrorCode TagInvalid = new(
        "tag_invalid", ErrorClass.Usage, "A new name for an image must be a tag, not a digest.", "Write it as [host[:port]/]name[:tag].");

    /// <summary>A workspace uses the image.</summary>
    public static readonly ErrorCode ImageInUse = new(
        "image_in_use", ErrorClass.Refused, "A workspace was made from the image.", "Delete the workspace first, or pass --force.");

    /// <summary>Data would be deleted, and the user has not confirmed it.</summary>
    public static readonly ErrorCode NeedsConfirmation = new(
        "needs_confirmation", ErrorClass.Refused,
        "Data would be deleted, and the command cannot ask for confirmation.",
        "Pass --yes, or check first with --dry-run.");

    /// <summary>A workspace's record cannot be read.</summary>
    public static readonly ErrorCode WorkspaceUnreadable = new(
        "workspace_unreadable", ErrorClass.Corrupt,
        "A workspace's record cannot be read, so Loam does not know what the workspace uses.",
        "Fix or remove the workspace's folder.");

    /// <summary>The check of the store found damage.</summary>
    public static readonly ErrorCode StoreCheckFailed = new(
        "store_check_failed", ErrorClass.Corrupt,
        "The check of the store found problems.",
        "Run `loam store check --repair`, then pull the images that it could not fix.");

    /// <summary>Nothing may be written in the state folder.</summary>
    public static readonly ErrorCode StoreReadOnly = new(
        "store_read_only", ErrorClass.Failed, "The state folder can be read but not written.", "Make it writable, or use another --state-dir.");

    /// <summary>The state folder is another user's.</summary>
    public static readonly ErrorCode StoreForeign = new(
        "store_foreign", ErrorClass.Failed, "The state folder belongs to another user.", "Run as that user, or use another --state-dir.");

    /// <summary>There is no space left.</summary>
    public static readonly ErrorCode DiskFull = new(
        "disk_full", ErrorClass.Failed,
        "The file system has no space left, or the user's quota is used up.",
        "Free space, for example with `loam image prune --delete`, or use another --state-dir.");
}
