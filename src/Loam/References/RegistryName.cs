using Loam.References;

namespace Loam;

/// <summary>A registry, or a part of one, as a user logs in to it.</summary>
/// <param name="Host"><c>host[:port]</c>.</param>
/// <param name="Path">The part; empty for all of it.</param>
public sealed record RegistryName(string Host, string Path)
{
    /// <summary>Reads <c>host[:port][/path]</c>; <c>https://</c> before it is left out.</summary>
    /// <param name="text">The name.</param>
    /// <returns>Host and path.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="text"/> is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.InvalidRegistry"/>.</exception>
    public static RegistryName Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parts = RegistryKey.Parse(text).Split('/', 2);
        return new RegistryName(parts[0], parts.ElementAtOrDefault(1) ?? "");
    }

    /// <summary>The name as <see cref="Parse"/> reads it.</summary>
    /// <returns><c>host[:port][/path]</c>.</returns>
    public override string ToString() => Path.Length == 0 ? Host : $"{Host}/{Path}";
}
