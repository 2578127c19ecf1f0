namespace Loam;

public static partial class ErrorCodes
{
    /// <summary>An archive is damaged.</summary>
    public static readonly ErrorCode ArchiveDamaged = new(
        "archive_damaged", ErrorClass.Corrupt, "An archive is truncated, damaged, or not a tar archive.", "Create or copy the archive again.");

    /// <summary>An archive contradicts itself or its format.</summary>
    public static readonly ErrorCode ArchiveInvalid = new(
        "archive_invalid", ErrorClass.Corrupt, "An archive contradicts itself or breaks its format.", "Create the archive again with a current tool.");

    /// <summary>An archive names a place outside itself.</summary>
    public static readonly ErrorCode ArchiveEscapes = new(
        "archive_escapes", ErrorClass.Corrupt, "An archive has a name or a link that points outside the archive.", "Do not trust this archive.");

    /// <summary>An archive lacks something that it names.</summary>
    public static readonly ErrorCode ArchiveIncomplete = new(
        "archive_incomplete", ErrorClass.Corrupt, "An archive lacks a file that its own manifest names.", "Create the archive again, with all of the image.");

    /// <summary>An archive contains more than the limits allow.</summary>
    public static readonly ErrorCode ArchiveTooLarge = new(
        "archive_limit_exceeded", ErrorClass.Corrupt,
        "An archive contains more than the limits or the free space allow.",
        "Free some space; if you trust the archive, raise the limit.");

    /// <summary>An archive contains no image.</summary>
    public static readonly ErrorCode ArchiveUnknown = new(
        "archive_unknown", ErrorClass.Failed,
        "The input is not a docker-archive, an OCI archive or an OCI layout.",
        "Use what `docker save`, `podman save` or `skopeo copy` wrote.");
}
