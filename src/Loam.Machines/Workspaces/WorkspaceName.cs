namespace Loam.Machines;

/// <summary>Names of workspaces: safe as a folder's name and, without change, as a host name (RFC 1123) but for dots and
/// underscores.</summary>
public static class WorkspaceName
{
    private const int MaximumLength = 63;

    /// <summary>Checks a name.</summary>
    /// <param name="name">The name.</param>
    /// <returns>The same name, so that it can be checked where it is used.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="name"/> is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.InvalidWorkspaceName"/>.</exception>
    public static string Check(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return IsValid(name) ? name : throw new LoamException(ErrorCodes.InvalidWorkspaceName, $"\"{name}\" is not a name for a workspace");
    }

    /// <summary>Makes up a name for a workspace.</summary>
    /// <returns><c>run-</c> and eight random hexadecimal digits.</returns>
    public static string Generate() => $"run-{Guid.NewGuid():N}"[..12];

    private static bool IsValid(string name) =>
        name.Length is > 0 and <= MaximumLength && char.IsAsciiLetterOrDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');
}
