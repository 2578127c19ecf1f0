namespace Loam;

public static partial class ErrorCodes
{
    /// <summary>A configuration file is malformed.</summary>
    public static readonly ErrorCode ConfigurationInvalid = new(
        "config_invalid", ErrorClass.Failed, "A configuration file is malformed, or cannot be read.", "Fix the file at the line that the message names.");

    /// <summary>The configuration forbids a registry.</summary>
    public static readonly ErrorCode RegistryBlocked = new(
        "registry_blocked",
        ErrorClass.Refused,
        "This machine's registries.conf blocks the image's registry or repository.",
        "Ask whoever maintains registries.conf, or use another source of the image.");

    /// <summary>A short name may mean several images.</summary>
    public static readonly ErrorCode ShortNameAmbiguous = new(
        "short_name_ambiguous", ErrorClass.Usage, "A name without a registry may mean images of several registries.", "Write the registry before the name.");
}
