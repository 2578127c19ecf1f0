namespace Loam.Layers;

/// <summary>What keeps compressed bytes from being decompressed.</summary>
internal enum CompressionError
{
    /// <summary>They are truncated, damaged, or followed by others.</summary>
    Damaged,

    /// <summary>They are compressed in a way that images do not use.</summary>
    Unsupported,

    /// <summary>Decompressing them would take more memory than a stranger's bytes may have.</summary>
    WindowTooLarge,
}

/// <summary>Compressed bytes are wrong. Whose bytes they are, a layer's, an archive's or a disk's, only the caller knows.</summary>
internal sealed class CompressionException(CompressionError error, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>What to do about a window that is too large.</summary>
    public const string WindowHint = "Compress it again with a window of at most 128 MiB (zstd --long=27).";

    /// <summary>What is wrong.</summary>
    public CompressionError Error => error;

    /// <summary>The bytes are truncated, damaged, or followed by others.</summary>
    public static CompressionException Damaged(string message, Exception? inner = null) => new(CompressionError.Damaged, message, inner);
}
