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
        "blob_missing", ErrorClass.Corrupt, "A blob that the store's names lead to is not there.", "Pull the image again with --force.");

    /// <summary>No image of that name is in the store.</summary>
    public static readonly ErrorCode ImageNotFound = new(
        "image_not_found", ErrorClass.NotFound, "No image of that name is in the store.", "See `loam image list`, or pull it first.");

    /// <summary>All platforms of an image are wanted, and its index is not here.</summary>
    public static readonly ErrorCode IndexMissing = new(
        "index_missing", ErrorClass.NotFound, "The image has no index in the store that leads to all its platforms.", "Pull it anew by the index's name, or push one platform.");

    /// <summary>A digest is wanted and a tag was given.</summary>
    public static readonly ErrorCode MutableReference = new(
        "mutable_reference", ErrorClass.Refused, "The reference is a tag, which can lead elsewhere tomorrow.", "Name the image by digest, or pass --allow-mutable.");
}
