namespace Loam;

public static partial class ErrorCodes
{
    /// <summary>A credentials file is malformed.</summary>
    public static readonly ErrorCode CredentialsInvalid = new(
        "credentials_invalid", ErrorClass.Authentication,
        "A credentials file is malformed.",
        "Fix the file at the line that the message names, or log in again.");

    /// <summary>A credentials file cannot be read.</summary>
    public static readonly ErrorCode CredentialsUnreadable = new(
        "credentials_unreadable", ErrorClass.Authentication,
        "A credentials file that was named cannot be read.",
        "Check the path, and that you may read the file.");

    /// <summary>A credential helper failed.</summary>
    public static readonly ErrorCode CredentialHelperFailed = new(
        "credential_helper_failed", ErrorClass.Authentication,
        "A docker-credential program named in config.json failed.",
        "Run the program yourself, or remove its source from auth_sources.");

    /// <summary>No password was given, and there is no terminal to ask for one.</summary>
    public static readonly ErrorCode PasswordNeeded = new(
        "password_needed", ErrorClass.Usage,
        "No password was given, and there is no terminal to ask for one.",
        "Pipe the password in, and pass --password-stdin.");

    /// <summary>A registry is not named as one.</summary>
    public static readonly ErrorCode InvalidRegistry = new(
        "invalid_registry", ErrorClass.Usage, "The name of a registry is malformed.", "Write it as host[:port], or host[:port]/path for one part of it.");

    /// <summary>No credential is stored for a registry.</summary>
    public static readonly ErrorCode NotLoggedIn = new(
        "not_logged_in", ErrorClass.NotFound, "No credential is stored for that registry.", "See `loam registry list`.");
}
