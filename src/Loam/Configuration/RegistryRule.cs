namespace Loam.Configuration;

/// <summary>One place that an image may be fetched from, by what <c>registries.conf</c> says.</summary>
/// <param name="Reference">What the image is called there.</param>
/// <param name="Insecure">Whether it need not have TLS that can be trusted.</param>
/// <param name="IsMirror">Whether to go on to the next when it fails.</param>
internal sealed record PlannedEndpoint(ImageReference Reference, bool Insecure, bool IsMirror);

/// <summary>When a mirror is asked.</summary>
internal enum MirrorUse
{
    All,
    DigestOnly,
    TagOnly,
}

/// <summary>One <c>[[registry.mirror]]</c>.</summary>
internal sealed record MirrorRule(string Location, bool Insecure, MirrorUse Use);

/// <summary>One <c>[[registry]]</c> (containers-registries.conf(5)).</summary>
/// <param name="Prefix">Which images it is about; <c>*.example.com</c> for all hosts below one.</param>
/// <param name="Location">What stands in for the prefix; empty for the image's own name.</param>
/// <param name="Insecure">As <see cref="PlannedEndpoint.Insecure"/>.</param>
/// <param name="Blocked">Whether these images may not be pulled.</param>
/// <param name="Mirrors">What to ask first.</param>
internal sealed record RegistryRule(string Prefix, string Location, bool Insecure, bool Blocked, IReadOnlyList<MirrorRule> Mirrors)
{
    private const string AnySubdomain = "*.";

    /// <summary>How much of an image's name the prefix stands for; negative if it is not about that image.</summary>
    public int Match(string name)
    {
        if (Prefix.StartsWith(AnySubdomain, StringComparison.Ordinal))
        {
            var end = name.AsSpan().IndexOfAny(':', '/', '@');
            return name.AsSpan(0, end).EndsWith(Prefix.AsSpan(1), StringComparison.OrdinalIgnoreCase) ? end : -1;
        }

        // As other tools do, a host without a port is about the host's other ports too.
        return name.StartsWith(Prefix, StringComparison.Ordinal) && (name.Length == Prefix.Length || name[Prefix.Length] is ':' or '/' or '@')
            ? Prefix.Length : -1;
    }

    /// <summary>Where to ask for an image that it is about, in order; the last is the registry itself.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.RegistryBlocked"/>; <see cref="ErrorCodes.ConfigurationInvalid"/>.</exception>
    public IReadOnlyList<PlannedEndpoint> Plan(ImageReference reference)
    {
        if (Blocked)
        {
            throw new LoamException(ErrorCodes.RegistryBlocked, $"{reference}: registries.conf blocks {Prefix}");
        }

        var matched = Match(reference.ToString());
        var mirrors = Mirrors
            .Where(mirror => mirror.Use == MirrorUse.All || (mirror.Use == MirrorUse.DigestOnly) == reference.Digest is not null)
            .Select(mirror => new PlannedEndpoint(Rewrite(reference, mirror.Location, matched), mirror.Insecure, IsMirror: true));
        var itself = new PlannedEndpoint(Location.Length == 0 ? reference : Rewrite(reference, Location, matched), Insecure, IsMirror: false);
        return [.. mirrors, itself];
    }

    /// <summary>An image's name with its first characters replaced.</summary>
    public static ImageReference Rewrite(ImageReference reference, string location, int matched)
    {
        var name = location + reference.ToString()[matched..];

        // A host that takes the place of a whole name leaves no path, and would become a name of Docker's registry.
        return ImageReference.TryParse(name, out var rewritten) && !ShortNames.IsShort(name, rewritten)
            && rewritten.Tag == reference.Tag && rewritten.Digest == reference.Digest
            ? rewritten
            : throw new LoamException(
                ErrorCodes.ConfigurationInvalid,
                $"{reference}: the mirror or location {location} turns it into \"{name}\", which does not name the same image");
    }
}
