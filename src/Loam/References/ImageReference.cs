using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace Loam;

/// <summary>
/// The name of an image: registry, repository, and a tag or a digest or both (distribution, <c>reference</c> grammar).
/// Parts that are left out have the usual defaults: <c>docker.io</c>, <c>library/</c>, <c>latest</c>.
/// </summary>
[JsonConverter(typeof(ImageReferenceJsonConverter))]
public sealed partial record ImageReference : IParsable<ImageReference>
{
    /// <summary>The registry meant by a name without one.</summary>
    public const string DefaultRegistry = "docker.io";

    private const string DefaultTag = "latest";
    private const string OfficialPrefix = "library/";
    private const int MaximumNameLength = 255;

    private ImageReference(string registry, string repository, string? tag, Digest? digest)
    {
        Registry = registry;
        Repository = repository;
        Tag = tag;
        Digest = digest;
    }

    /// <summary>The registry's host, and its port if one is stated: <c>ghcr.io</c>, <c>[::1]:5000</c>.</summary>
    public string Registry { get; }

    /// <summary>The repository within the registry: <c>library/ubuntu</c>.</summary>
    public string Repository { get; }

    /// <summary>The tag; null only where a digest says which image is meant.</summary>
    public string? Tag { get; }

    /// <summary>The digest, if one is stated; it wins over the tag.</summary>
    public Digest? Digest { get; }

    /// <summary>Whether it can name another image later.</summary>
    public bool IsMutable => Digest is null;

    /// <summary>Registry and repository by digest if there is one, else by tag.</summary>
    public string ResolvedName => Digest is { } digest ? $"{Registry}/{Repository}@{digest}" : ToString();

    /// <summary>The name in a registry's API: the digest if there is one, else the tag.</summary>
    public string ManifestName => Digest?.ToString() ?? Tag!;

    /// <summary>Reads a reference.</summary>
    /// <param name="text">The reference: <c>alpine</c>, <c>ghcr.io/team/app:1</c>, <c>app@sha256:…</c>.</param>
    /// <returns>The reference, with everything that was left out.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="text"/> is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.InvalidReference"/>, saying which part is wrong.</exception>
    /// <example>
    /// <code>
    /// var reference = ImageReference.Parse("alpine:3.20");
    /// Console.WriteLine($"{reference.Registry} {reference.Repository} {reference.Tag}");
    /// </code>
    /// </example>
    public static ImageReference Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var (name, tag, digest) = Split(text);
        var (registry, repository) = SplitName(text, name);
        if (!HostPattern().IsMatch(registry))
        {
            throw Invalid(text, $"\"{registry}\" is not a host");
        }

        if (!RepositoryPattern().IsMatch(repository))
        {
            throw Invalid(text, repository.Any(char.IsAsciiLetterUpper)
                ? $"repository \"{repository}\" must be lower-case"
                : $"\"{repository}\" is not a repository");
        }

        if (registry.Length + repository.Length + 1 > MaximumNameLength)
        {
            throw Invalid(text, $"the name has more than {MaximumNameLength} characters");
        }

        return new ImageReference(registry, repository, tag ?? (digest is null ? DefaultTag : null), digest);
    }

    /// <inheritdoc/>
    static ImageReference IParsable<ImageReference>.Parse(string s, IFormatProvider? provider) => Parse(s);

    /// <inheritdoc/>
    static bool IParsable<ImageReference>.TryParse(
        [NotNullWhen(true)] string? s, IFormatProvider? provider, [MaybeNullWhen(false)] out ImageReference result) =>
        TryParse(s, out result);

    /// <summary>Reads a reference if it is one.</summary>
    /// <param name="text">As <see cref="Parse"/> takes it.</param>
    /// <param name="reference">The reference; null where the text is none.</param>
    /// <returns>Whether it is one.</returns>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out ImageReference? reference)
    {
        try
        {
            reference = text is null ? null : Parse(text);
        }
        catch (LoamException)
        {
            reference = null;
        }

        return reference is not null;
    }

    /// <summary>The image of that digest in the same repository.</summary>
    /// <param name="digest">The digest.</param>
    /// <returns>The same registry, repository and tag, with the digest.</returns>
    public ImageReference WithDigest(Digest digest) => new(Registry, Repository, Tag, digest);

    /// <summary>The whole reference with nothing left out.</summary>
    /// <returns><c>registry/repository[:tag][@digest]</c>; <see cref="Parse"/> reads it again.</returns>
    public override string ToString() =>
        $"{Registry}/{Repository}{(Tag is null ? "" : $":{Tag}")}{(Digest is { } digest ? $"@{digest}" : "")}";

    private static (string Name, string? Tag, Digest? Digest) Split(string text)
    {
        var name = text;
        Digest? digest = null;
        var at = text.IndexOf('@', StringComparison.Ordinal);
        if (at >= 0)
        {
            digest = Loam.Digest.TryParse(text[(at + 1)..], out var parsed)
                ? parsed
                : throw Invalid(text, $"\"{text[(at + 1)..]}\" is not a digest (sha256: and 64 lower-case hexadecimal digits)");
            name = text[..at];
        }

        // A colon before the last slash belongs to the host's port.
        var colon = name.LastIndexOf(':');
        if (colon <= name.LastIndexOf('/') || name[colon..].Contains(']', StringComparison.Ordinal))
        {
            return (name, null, digest);
        }

        var tag = name[(colon + 1)..];
        return TagPattern().IsMatch(tag)
            ? (name[..colon], tag, digest)
            : throw Invalid(text, $"\"{tag}\" is not a tag (1 to 128 letters, digits, '_', '.', '-')");
    }

    private static (string Registry, string Repository) SplitName(string text, string name)
    {
        if (name.Length == 0)
        {
            throw Invalid(text, "it has no name");
        }

        var slash = name.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0)
        {
            return name.Length == 64 && !name.AsSpan().ContainsAnyExcept("0123456789abcdef")
                ? throw Invalid(text, "64 hexadecimal digits are a digest, not a name; write it as name@sha256:hex")
                : (DefaultRegistry, OfficialPrefix + name);
        }

        var first = name[..slash];
        var rest = name[(slash + 1)..];
        var isHost = first == "localhost" || first.AsSpan().ContainsAny('.', ':', '[') || first.Any(char.IsAsciiLetterUpper);
        if (!isHost)
        {
            return (DefaultRegistry, name);
        }

        var registry = first == "index.docker.io" ? DefaultRegistry : first;
        return (registry, registry == DefaultRegistry && !rest.Contains('/', StringComparison.Ordinal) ? OfficialPrefix + rest : rest);
    }

    private static LoamException Invalid(string text, string why) =>
        new(ErrorCodes.InvalidReference, $"\"{text}\" is not an image reference: {why}");

    [GeneratedRegex(
        @"\A(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[a-fA-F0-9:]+\])(?::[0-9]{1,5})?\z",
        RegexOptions.NonBacktracking)]
    private static partial Regex HostPattern();

    [GeneratedRegex(@"\A[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*\z", RegexOptions.NonBacktracking)]
    private static partial Regex RepositoryPattern();

    [GeneratedRegex(@"\A[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}\z", RegexOptions.NonBacktracking)]
    private static partial Regex TagPattern();
}
