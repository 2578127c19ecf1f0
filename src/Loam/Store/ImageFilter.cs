using System.IO.Enumeration;

namespace Loam;

/// <summary>Which images are wanted; a property that is not set matches all.</summary>
public sealed record ImageFilter
{
    /// <summary>A glob (<c>*</c> and <c>?</c>) that the full reference, or its end from a slash on, must match, with or
    /// without its tag.</summary>
    public string? Reference { get; init; }

    /// <summary>True for what dangles: names whose disk is missing, and disks that no name uses.</summary>
    public bool? Dangling { get; init; }

    /// <summary>Labels that the image's configuration must have: <c>key</c>, or <c>key=value</c>.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    internal bool MatchesName(string name)
    {
        if (Reference is not { } glob)
        {
            return true;
        }

        var digest = name.IndexOf('@', StringComparison.Ordinal);
        var bare = digest < 0 ? name : name[..digest];
        var colon = bare.LastIndexOf(':');
        return Ends(name).Any(end => Match(glob, end)) || (colon > bare.LastIndexOf('/') && Ends(bare[..colon]).Any(end => Match(glob, end)));
    }

    internal bool MatchesLabels(IReadOnlyDictionary<string, string>? labels) => Labels.All(wanted =>
    {
        var equals = wanted.IndexOf('=', StringComparison.Ordinal);
        return equals < 0
            ? labels?.ContainsKey(wanted) == true
            : labels?.GetValueOrDefault(wanted[..equals]) == wanted[(equals + 1)..];
    });

    private static IEnumerable<string> Ends(string name)
    {
        for (var at = 0; at >= 0;)
        {
            yield return name[at..];
            var slash = name.IndexOf('/', at);
            at = slash < 0 ? -1 : slash + 1;
        }
    }

    private static bool Match(string glob, string text) => FileSystemName.MatchesSimpleExpression(glob, text, ignoreCase: false);
}
