namespace Loam;

/// <summary>The catalogue of failures; <c>docs/errors.md</c> is written from it.</summary>
public static partial class ErrorCodes
{
    /// <summary>An unforeseen failure.</summary>
    public static readonly ErrorCode Internal = new(
        "internal", ErrorClass.Failed, "Something failed that Loam did not foresee.", "Run again with --verbose and report what it prints.");

    /// <summary>The command line is wrong.</summary>
    public static readonly ErrorCode Usage = new(
        "usage", ErrorClass.Usage, "The command line cannot be understood.", "See --help for the command.");

    /// <summary>A reference does not follow the grammar.</summary>
    public static readonly ErrorCode InvalidReference = new(
        "invalid_reference", ErrorClass.Usage, "An image reference does not follow the grammar.", "Write it as [host[:port]/]name[:tag][@sha256:hex].");

    /// <summary>A digest does not follow the grammar.</summary>
    public static readonly ErrorCode InvalidDigest = new(
        "invalid_digest", ErrorClass.Usage, "A digest does not follow the grammar.", "Write it as sha256: and 64 hexadecimal digits.");

    /// <summary>A platform does not follow the grammar.</summary>
    public static readonly ErrorCode InvalidPlatform = new(
        "invalid_platform", ErrorClass.Usage, "A platform does not follow the grammar.", "Write it as linux/amd64 or linux/arm/v7.");

    /// <summary>Stopped by the user.</summary>
    public static readonly ErrorCode Interrupted = new(
        "interrupted", ErrorClass.Interrupted, "The command was stopped.", "Run it again; a pull continues where it stopped.");

    /// <summary>A file cannot be read or written.</summary>
    public static readonly ErrorCode Io = new(
        "io", ErrorClass.Failed, "A file cannot be read or written.", "Check that the path exists, is writable, and has space left.");
}
