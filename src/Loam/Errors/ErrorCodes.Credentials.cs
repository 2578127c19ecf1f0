namespace Loam;

public static partial class ErrorCodes
{
    /// <summary>A credentials file is malformed.</summary>
    public static readonly ErrorCode CredentialsInvalid = new(
        "credentials_invalid",
        ErrorClass.Authentication,
        "A file of credentials is malformed.",
        "Fix the file at the line that the message names, or log in again.");

    /// <summary>A credentials file cannot be read.</summary>
    public static readonly ErrorCode CredentialsUnreadable = new(
        "credentials_unreadable",
        ErrorClass.Authentication,
        "A file of credentials that was named cannot be read.",
        "Check the path, and that you may read the file.");

    /// <summary>A credential helper failed.</summary>
    public static readonly ErrorCode CredentialHelperFailed = new(
        "credential_helper_failed",
        ErrorClass.Authentication,
        "A docker-credential program that config.json asks for failed.",
        "Run the program by hand, or take its source out of auth_sources.");

    /// <summary>No password was given, and there is nobody to ask.</summary>
    public static readonly ErrorCode PasswordNeeded = new(
        "password_needed", ErrorClass.Usage, "No password was given, and there is no terminal to ask at.", "Pipe it in and pass --password-stdin.");

    /// <summary>A registry is not named as one.</summary>
    public static readonly ErrorCode InvalidRegistry = new(
        "invalid_registry",
        ErrorClass.Usage,
        "What was given is not the name of a registry.",
        "Write it as host[:port], or host[:port]/path for one part of it.");

    /// <summary>Nobody is logged in there.</summary>
    public static readonly ErrorCode NotLoggedIn = new(
        "not_logged_in", ErrorClass.NotFound, "No credential of that registry is stored.", "See `loam registry list`.");
}
