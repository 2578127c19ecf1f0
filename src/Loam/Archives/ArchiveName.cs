using System.Text;

namespace Loam.Archives;

/// <summary>Names within an archive: relative, by slashes, never leading out.</summary>
internal static class ArchiveName
{
    private const int MaximumBytes = 4096;

    /// <summary>The one spelling of a name; empty for the archive's root.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.ArchiveEscapes"/>, <see cref="ErrorCodes.ArchiveInvalid"/>.</exception>
    public static string Normalize(ReadOnlySpan<byte> name)
    {
        if (name.Length > MaximumBytes || name.Contains((byte)0) || !System.Text.Unicode.Utf8.IsValid(name))
        {
            throw new LoamException(ErrorCodes.ArchiveInvalid, "a name in the archive is too long or not UTF-8");
        }

        return Normalize(Encoding.UTF8.GetString(name));
    }

    /// <inheritdoc cref="Normalize(ReadOnlySpan{byte})"/>
    public static string Normalize(string name) => Resolve("", name);

    /// <summary>Where a symbolic link leads.</summary>
    /// <param name="link">The link's own name, normalized.</param>
    /// <param name="target">What it says.</param>
    /// <exception cref="LoamException"><see cref="ErrorCodes.ArchiveEscapes"/>.</exception>
    public static string Follow(string link, string target) => Resolve(link[..Math.Max(0, link.LastIndexOf('/'))], target);

    private static string Resolve(string folder, string name)
    {
        var parts = new List<string>(folder.Split('/', StringSplitOptions.RemoveEmptyEntries));
        if (name.StartsWith('/'))
        {
            throw Escapes(name);
        }

        foreach (var part in name.Split('/'))
        {
            if (part == "..")
            {
                if (parts.Count == 0)
                {
                    throw Escapes(name);
                }

                parts.RemoveAt(parts.Count - 1);
            }
            else if (part is not ("" or "."))
            {
                parts.Add(part);
            }
        }

        return string.Join('/', parts);
    }

    private static LoamException Escapes(string name) =>
        new(ErrorCodes.ArchiveEscapes, $"\"{Printable.Of(name)}\" points outside the archive");
}

/// <summary>Strangers' text as it may stand in one line on a terminal.</summary>
internal static class Printable
{
    private const int Most = 200;

    public static string Of(string text) =>
        string.Concat((text.Length > Most ? text[..Most] + "…" : text).Select(c => char.IsControl(c) ? '?' : c));
}
