using System.Text;
using Loam.Errors;

namespace Loam.Credentials;

/// <summary>One entry of a credentials file, as it stands there.</summary>
/// <param name="Key">Its registry: <c>host[:port][/path]</c>, or an older form.</param>
/// <param name="Line">The line it begins in, from 1.</param>
internal sealed record AuthEntry(string Key, int Line)
{
    public string? Auth { get; init; }

    public string? UserName { get; init; }

    public string? Password { get; init; }

    public string? IdentityToken { get; init; }

    public string? RegistryToken { get; init; }

    /// <summary>The credential it holds; null for an entry that holds none.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.CredentialsInvalid"/>, naming file and line.</exception>
    public RegistryCredential? Decode(string path)
    {
        if (!string.IsNullOrEmpty(RegistryToken))
        {
            return new RegistryCredential.RegistryToken(RegistryToken);
        }

        var (user, password) = string.IsNullOrEmpty(Auth) ? (UserName, Password) : Split(path, Auth);
        if (!string.IsNullOrEmpty(IdentityToken))
        {
            return new RegistryCredential.IdentityToken(IdentityToken);
        }

        return string.IsNullOrEmpty(user) && string.IsNullOrEmpty(password) ? null
            : user is null || password is null || user.Contains(':', StringComparison.Ordinal) ? throw Invalid(path, "has no user name or no password")
            : new RegistryCredential.Basic(user, password);
    }

    /// <summary>Prints nothing of what it holds.</summary>
    public override string ToString() => Key;

    private (string User, string Password) Split(string path, string auth)
    {
        // Some tools leave the padding out, and some end the password with a zero byte.
        var text = auth.Trim().TrimEnd('=');
        var padded = text.PadRight((text.Length + 3) / 4 * 4, '=');
        var buffer = new byte[padded.Length];
        if (!Convert.TryFromBase64String(padded, buffer, out var written))
        {
            throw Invalid(path, "is not base64");
        }

        string decoded;
        try
        {
            decoded = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(buffer, 0, written);
        }
        catch (DecoderFallbackException)
        {
            throw Invalid(path, "is not text");
        }

        var colon = decoded.IndexOf(':', StringComparison.Ordinal);
        return colon >= 0 ? (decoded[..colon], decoded[(colon + 1)..].TrimEnd('\0')) : throw Invalid(path, "is not user:password in base64");
    }

    // What stands there is a secret, even if a broken one; only its place is told.
    private LoamException Invalid(string path, string why) =>
        new(ErrorCodes.CredentialsInvalid, $"{path}:{Line}: the entry of {Key} {why}") { Details = FailurePlace.Of(path, Line) };
}
