namespace Loam.Store;

/// <summary>From what a user calls an image to the names in the store that are meant.</summary>
internal sealed class NameResolver(IReadOnlyList<NamedImage> names)
{
    private const int MinimumPrefix = 6;
    private const int MaximumShown = 10;

    /// <summary>Finds an image as <see cref="Find"/> does.</summary>
    /// <returns>The names that are meant, one at least.</returns>
    /// <exception cref="LoamException"><see cref="ErrorCodes.ImageNotFound"/>; <see cref="ErrorCodes.ImageAmbiguous"/>,
    /// naming the candidates.</exception>
    public IReadOnlyList<NamedImage> Get(string image) => Find(image) is { Count: > 0 } found ? found : throw NotFound(image);

    /// <summary>
    /// Finds an image by, in this order: its recorded reference, written out or short; its repository and digest; its
    /// digest or the image index's, whole or the first six digits and more; the end of its reference, from a slash on.
    /// </summary>
    /// <returns>All names of one image if a digest was given; else one name, once for each of its platforms; none where
    /// nothing fits.</returns>
    /// <exception cref="LoamException"><see cref="ErrorCodes.ImageAmbiguous"/>, naming the candidates.</exception>
    public IReadOnlyList<NamedImage> Find(string image)
    {
        var parsed = ImageReference.TryParse(image, out var reference);
        if (parsed && ByName(reference!.ToString()) is { Count: > 0 } exact)
        {
            return exact;
        }

        if (ByName(image) is { Count: > 0 } foreign)
        {
            return foreign;
        }

        if (parsed && reference!.Digest is { } digest)
        {
            return ByRepositoryAndDigest(reference, digest);
        }

        if (HexOf(image) is { } hex && ByDigest(image, hex) is { Count: > 0 } abbreviated)
        {
            return abbreviated;
        }

        return parsed ? ByEnd(image) : [];
    }

    private List<NamedImage> ByName(string name) =>
        [.. names.Where(named => string.Equals(named.Name, name, StringComparison.Ordinal))];

    private List<NamedImage> ByRepositoryAndDigest(ImageReference wanted, Digest digest) =>
        [.. names.Where(named => named.LeadsTo(digest)
            && named.Name is { } name && ImageReference.TryParse(name, out var other)
            && other.Registry == wanted.Registry && other.Repository == wanted.Repository)];

    private List<NamedImage> ByDigest(string image, string hex)
    {
        var found = names.Where(named => named.Digest.Hex.StartsWith(hex, StringComparison.Ordinal)).ToList();
        if (found.Count == 0)
        {
            found = [.. names.Where(named => named.Index is { } index && index.Hex.StartsWith(hex, StringComparison.Ordinal))];
            return found.Select(named => named.Index).Distinct().Count() <= 1 ? found : throw Ambiguous(image, found);
        }

        return found.Select(named => named.Digest).Distinct().Count() == 1 ? found : throw Ambiguous(image, found);
    }

    private List<NamedImage> ByEnd(string image)
    {
        var end = "/" + (image.LastIndexOf(':') > image.LastIndexOf('/') ? image : image + ":latest");
        var found = names.Where(named => named.Name?.EndsWith(end, StringComparison.Ordinal) == true).ToList();
        return found.Select(named => named.Name).Distinct(StringComparer.Ordinal).Count() <= 1 ? found : throw Ambiguous(image, found);
    }

    /// <summary>The hexadecimal digits of a digest or of its beginning; null where it is none.</summary>
    private static string? HexOf(string image)
    {
        var hex = image.StartsWith("sha256:", StringComparison.Ordinal) || image.StartsWith("sha512:", StringComparison.Ordinal)
            ? image["sha256:".Length..]
            : image;
        return hex.Length >= MinimumPrefix && !hex.AsSpan().ContainsAnyExcept("0123456789abcdef") ? hex : null;
    }

    private static LoamException NotFound(string image)
    {
        var details = new Dictionary<string, string>(StringComparer.Ordinal) { ["reference"] = image };
        var digits = image.StartsWith("sha256:", StringComparison.Ordinal) ? image["sha256:".Length..] : image;
        return digits.Length is > 0 and < MinimumPrefix && !digits.AsSpan().ContainsAnyExcept("0123456789abcdef")
            ? new LoamException(ErrorCodes.ImageNotFound, $"no image is named \"{image}\"")
            {
                Details = details,
                Hint = $"An abbreviated digest has at least {MinimumPrefix} digits; see `loam image list`.",
            }
            : new LoamException(ErrorCodes.ImageNotFound, $"no image \"{image}\" is in the store") { Details = details };
    }

    private static LoamException Ambiguous(string image, List<NamedImage> found)
    {
        var candidates = found.Select(named => $"{named.Name ?? "(no name)"} ({named.Digest.Algorithm}:{named.Digest.Hex[..12]})")
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        var shown = string.Join(", ", candidates.Take(MaximumShown)) + (candidates.Count > MaximumShown ? $" and {candidates.Count - MaximumShown} more" : "");
        return new LoamException(ErrorCodes.ImageAmbiguous, $"\"{image}\" can mean {shown}")
        {
            Details = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["reference"] = image,
                ["candidates"] = string.Join(' ', found.Select(named => $"{named.Digest}").Distinct(StringComparer.Ordinal)),
            },
        };
    }
}
