namespace Loam.Layers;

/// <summary>A tar archive breaks its format or a limit; the applier adds which layer and entry it was.</summary>
internal sealed class TarException(ErrorCode code, string message) : Exception(message)
{
    public ErrorCode Code { get; } = code;

    public static TarException Damaged(string message) => new(ErrorCodes.LayerDamaged, message);

    public static TarException Limit(string message) => new(ErrorCodes.LayerTooLarge, message);
}
