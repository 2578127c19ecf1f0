namespace Loam.Configuration;

/// <summary>Names of images that name no registry.</summary>
internal static class ShortNames
{
    /// <summary>Whether a name leaves its registry out.</summary>
    public static bool IsShort(string name, ImageReference parsed) =>
        parsed.Registry == ImageReference.DefaultRegistry
        && !name.StartsWith("docker.io/", StringComparison.Ordinal) && !name.StartsWith("index.docker.io/", StringComparison.Ordinal);

    /// <summary>A name, and the tag and digest that follow it.</summary>
    public static (string Bare, string Suffix) Split(string name)
    {
        var at = name.AsSpan().IndexOfAny(':', '@');
        return at < 0 ? (name, "") : (name[..at], name[at..]);
    }
}
