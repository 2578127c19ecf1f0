namespace Loam;

public static partial class ErrorCodes
{
    /// <summary>An archive is damaged.</summary>
    public static readonly ErrorCode ArchiveDamaged = new(
        "archive_damaged", ErrorClass.Corrupt, "An archive is truncated, damaged, or not a tar archive.", "Save or copy the archive again.");

    /// <summary>An archive contradicts itself or its format.</summary>
    public static readonly ErrorCode ArchiveInvalid = new(
        "archive_invalid", ErrorClass.Corrupt, "An archive contradicts itself or its format.", "Save the archive again with a current tool.");

    /// <summary>An archive names a place outside itself.</summary>
    public static readonly ErrorCode ArchiveEscapes = new(
        "archive_escapes", ErrorClass.Corrupt, "An archive holds a name or a link that leads out of it.", "Do not trust this archive.");

    /// <summary>An archive lacks something that it names.</summary>
    public static readonly ErrorCode ArchiveIncomplete = new(
        "archive_incomplete", ErrorClass.Corrupt, "An archive lacks a file that its own manifest names.", "Save the archive again, with all of the image.");

    /// <summary>An archive holds more than the limits allow.</summary>
    public static readonly ErrorCode ArchiveTooLarge = new(
        "archive_limit_exceeded",
        ErrorClass.Corrupt,
        "An archive holds more than the limits or the free space allow.",
        "Free space, or, if the archive is trusted, raise the limit.");

    /// <summary>An archive holds no image.</summary>
    public static readonly ErrorCode ArchiveUnknown = new(
        "archive_unknown",
        ErrorClass.Failed,
        "What was given is neither a docker-archive, an OCI archive nor an OCI layout.",
        "Give what `docker save`, `podman save` or `skopeo copy` wrote.");
}
