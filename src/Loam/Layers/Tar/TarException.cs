namespace Loam.Layers;

/// <summary>What keeps a tar archive from being read.</summary>
internal enum TarError
{
    /// <summary>It is truncated, breaks its format, or is followed by other data.</summary>
    Damaged,

    /// <summary>It holds more than the limits allow.</summary>
    LimitExceeded,
}

/// <summary>A tar archive breaks its format or a limit. Which layer or archive it is, and which entry, only the caller knows.</summary>
internal sealed class TarException(TarError error, string message) : Exception(message)
{
    /// <summary>What is wrong.</summary>
    public TarError Error => error;

    public static TarException Damaged(string message) => new(TarError.Damaged, message);

    public static TarException Limit(string message) => new(TarError.LimitExceeded, message);
}
