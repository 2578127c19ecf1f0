using Loam.Images;

namespace Loam;

/// <summary>Which of an image's platforms are wanted.</summary>
public sealed record PlatformSelection
{
    private readonly Platform? _wanted;
    private readonly bool _all;

    private PlatformSelection(Platform? wanted, bool all)
    {
        _wanted = wanted;
        _all = all;
    }

    /// <summary>The platform of this host, or the only one where there is only one.</summary>
    public static PlatformSelection Usual { get; } = new(null, all: false);

    /// <summary>Every platform that the image has.</summary>
    public static PlatformSelection All { get; } = new(null, all: true);

    /// <summary>One platform and no other.</summary>
    /// <param name="platform">The platform.</param>
    /// <returns>The selection.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="platform"/> is null.</exception>
    public static PlatformSelection Only(Platform platform)
    {
        ArgumentNullException.ThrowIfNull(platform);
        return new PlatformSelection(platform, all: false);
    }

    /// <summary>Reads <c>all</c> or a platform.</summary>
    /// <param name="text">The text; null for <see cref="Usual"/>.</param>
    /// <returns>The selection.</returns>
    /// <exception cref="LoamException"><see cref="ErrorCodes.InvalidPlatform"/>.</exception>
    public static PlatformSelection Parse(string? text) => text switch
    {
        null => Usual,
        "all" => All,
        _ => Only(Platform.Parse(text)),
    };

    /// <summary>Chooses among an image's manifests.</summary>
    /// <param name="manifests">All that the image names.</param>
    /// <param name="here">Those of them that are there.</param>
    /// <param name="name">What the image is called, for errors.</param>
    internal IReadOnlyList<Descriptor> Choose(IReadOnlyList<Descriptor> manifests, IReadOnlyList<Descriptor> here, string name)
    {
        if (_all)
        {
            return here.Count > 0 ? here : throw new LoamException(ErrorCodes.ArchiveIncomplete, $"{name} has no manifest in the archive");
        }

        // An archive of one platform of many, as `docker save` makes it, holds what was wanted when it was made.
        if (_wanted is null && (here.Count > 0 ? here : manifests) is [var only])
        {
            return [only];
        }

        return [PlatformChoice.Choose(new ImageIndex(manifests), _wanted ?? Platform.Host, name)];
    }
}
