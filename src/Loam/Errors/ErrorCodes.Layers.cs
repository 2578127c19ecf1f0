namespace Loam;

public static partial class ErrorCodes
{
    /// <summary>A layer's bytes are not what they should be.</summary>
    public static readonly ErrorCode LayerDamaged = new(
        "layer_damaged", ErrorClass.Corrupt,
        "A layer is truncated, followed by other data, or not a tar archive.",
        "Pull again with --force; if it fails again, the image must be rebuilt.");

    /// <summary>A layer's uncompressed bytes do not have their digest.</summary>
    public static readonly ErrorCode DiffIdMismatch = new(
        "diff_id_mismatch", ErrorClass.Corrupt, "A layer's content does not match the diff ID in the configuration.", "The image must be rebuilt.");

    /// <summary>A layer is compressed in a way that images do not use.</summary>
    public static readonly ErrorCode UnsupportedCompression = new(
        "unsupported_compression", ErrorClass.Failed, "A layer or an archive is compressed in a way that images do not use.", "Use gzip or zstd.");

    /// <summary>The zstd library is missing.</summary>
    public static readonly ErrorCode ZstdMissing = new(
        "zstd_missing", ErrorClass.Failed,
        "Data is compressed with zstd, and the zstd library is not installed.",
        "Install libzstd (Debian: apt install libzstd1).");

    /// <summary>A layer reaches outside the root.</summary>
    public static readonly ErrorCode LayerEscapes = new(
        "layer_escapes_root", ErrorClass.Corrupt, "A layer names a path outside the root.", "Do not trust this image.");

    /// <summary>A layer contains an entry that makes no sense.</summary>
    public static readonly ErrorCode LayerInvalid = new(
        "layer_invalid", ErrorClass.Corrupt, "A layer contains an entry that cannot be applied.", "The image must be rebuilt.");

    /// <summary>A layer contains more than the limits allow.</summary>
    public static readonly ErrorCode LayerTooLarge = new(
        "layer_limit_exceeded", ErrorClass.Corrupt, "A layer contains more than the limits allow.", "If you trust the image, raise the limit.");
}
