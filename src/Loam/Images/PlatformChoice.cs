namespace Loam.Images;

/// <summary>Which entry of an index runs on a platform.</summary>
internal static class PlatformChoice
{
    /// <summary>How many of an index's platforms an error names.</summary>
    private const int MaximumNamed = 20;

    /// <summary>The best entry: the wanted variant first, then those the processor also runs, then the index's order.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.PlatformNotFound"/>, naming what there is.</exception>
    public static Descriptor Choose(ImageIndex index, Platform wanted, string reference)
    {
        var images = index.Manifests.Where(entry => !IsAttestation(entry)).ToList();
        var offered = images.Select(entry => entry.Platform?.Normalize().ToString() ?? "unnamed").Distinct(StringComparer.Ordinal).Take(MaximumNamed);
        return images.Where(entry => Rank(entry.Platform, wanted) is not null).MinBy(entry => Rank(entry.Platform, wanted))
            // A nested index may state no platform; what it holds decides.
            ?? images.FirstOrDefault(entry => entry.Platform is null && MediaTypes.IsIndex(entry.MediaType))
            ?? (images is [{ Platform: null } only] ? only : null)
            ?? throw new LoamException(
                ErrorCodes.PlatformNotFound,
                $"{reference} has nothing for {wanted.Normalize()}; it has {string.Join(", ", offered)}");
    }

    /// <summary>Whether what runs on one platform may be used where another was asked for.</summary>
    public static bool Fits(Platform? offered, Platform wanted) => Rank(offered, wanted) is not null;

    // BuildKit puts attestations into indexes under a platform that no machine has.
    private static bool IsAttestation(Descriptor entry) => entry.Platform is { Os: "unknown", Architecture: "unknown" };

    private static int? Rank(Platform? offered, Platform wanted)
    {
        if (offered is null)
        {
            return null;
        }

        var (have, want) = (offered.Normalize(), wanted.Normalize());
        if (have.Os != want.Os || have.Architecture != want.Architecture)
        {
            return null;
        }

        var rank = Version(have, want) is { } haveVersion && Version(want, want) is { } wantVersion ? wantVersion - haveVersion : -1;
        return have.Variant == want.Variant ? 0 : rank > 0 ? rank : null;
    }

    /// <summary>32-bit ARM runs older variants, 64-bit ARM and x86-64 too; no variant is the oldest of the latter two.</summary>
    private static int? Version(Platform platform, Platform wanted) => (wanted.Architecture, platform.Variant) switch
    {
        ("arm64", null) => 8,
        ("amd64", null) => 1,
        (_, ['v', .. var number]) when int.TryParse(number.Split('.')[0], out var version) => version,
        _ => null,
    };
}
