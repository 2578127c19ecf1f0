using Loam.Files;
using Loam.Images;
using Loam.Store;

namespace Loam;

public sealed partial class ImageStore
{
    /// <summary>The images that are here and pass a filter, in the order of their names. Disks that no name leads to are
    /// listed only where what dangles is asked for, under repository and digest.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.StoreDamaged"/>.</exception>
    public IReadOnlyList<ImageRecord> List(ImageFilter filter)
    {
        var names = Names.Read();
        using var folder = Libc.OpenDirectory(Paths.Images);
        var images = names
            .Where(named => named.Name is { } name && filter.MatchesName(name) && (filter.Labels.Count == 0 || filter.MatchesLabels(LabelsOf(named))))
            .Select(named => ToRecord(named, folder)).OfType<ImageRecord>();
        if (filter.Dangling is { } dangling)
        {
            images = images.Where(image => image.SizeBytes == 0 == dangling);
            images = dangling ? images.Concat(Unnamed(names, filter)) : images;
        }

        var listed = images.ToList();
        listed.Sort(ByName);
        return listed;
    }

    /// <summary>Finds an image by reference, digest, abbreviated digest or short name.</summary>
    /// <param name="image">What the user calls it.</param>
    /// <param name="platform">Where a name holds several platforms, the one wanted; null for this machine's, else any.</param>
    /// <exception cref="LoamException"><see cref="ErrorCodes.ImageNotFound"/>, <see cref="ErrorCodes.ImageAmbiguous"/>,
    /// <see cref="ErrorCodes.PlatformNotFound"/>.</exception>
    public ImageRecord Find(string image, Platform? platform = null) => ToRecord(FindName(image, platform))!;

    /// <summary>Gives an image a further name; what had that name loses it.</summary>
    /// <param name="source">The image, as <see cref="Find"/> takes it.</param>
    /// <param name="target">The new name; no digest.</param>
    /// <param name="cancellationToken">Ends the wait for others.</param>
    /// <returns>The new records, one for each platform.</returns>
    /// <exception cref="LoamException">As <see cref="Find"/>; <see cref="ErrorCodes.TagInvalid"/>.</exception>
    public Task<IReadOnlyList<ImageRecord>> TagAsync(string source, ImageReference target, CancellationToken cancellationToken) =>
        target.Digest is not null
            ? throw new LoamException(ErrorCodes.TagInvalid, $"{target} states a digest")
            : GuardAsync<IReadOnlyList<ImageRecord>>(async () =>
            {
                using var held = await HoldAsync(cancellationToken).ConfigureAwait(false);
                List<NamedImage> named = [];
                await Names.UpdateAsync(
                    names =>
                    {
                        named = [.. new NameResolver(names).Resolve(source)
                            .DistinctBy(found => (found.Digest, found.Platform))
                            .Select(found => found with { Name = target.ToString() })];
                        return Bind(names, named);
                    },
                    cancellationToken).ConfigureAwait(false);
                return [.. named.Select(ToRecord).OfType<ImageRecord>()];
            });

    /// <summary>The one name that is meant.</summary>
    internal NamedImage FindName(string image, Platform? platform)
    {
        var found = Resolve(image);
        var wanted = platform ?? Platform.Host;
        return found.FirstOrDefault(named => PlatformChoice.Fits(named.Platform, wanted))
            ?? (platform is null
                ? found[0]
                : throw new LoamException(
                    ErrorCodes.PlatformNotFound, $"{image} is here for {string.Join(", ", found.Select(named => $"{named.Platform}").Distinct(StringComparer.Ordinal))} only"));
    }

    /// <summary>All names that are meant.</summary>
    internal IReadOnlyList<NamedImage> Resolve(string image) => new NameResolver(Names.Read()).Resolve(image);

    /// <summary>Reads a manifest that is here; null where it is not.</summary>
    internal ImageManifest? ReadManifest(NamedImage named) =>
        named.Manifest is var manifest && Blobs.Has(manifest) ? ImageManifest.Parse(Blobs.ReadVerified(manifest, ImageManifest.MaximumBytes)) : null;

    private static int ByName(ImageRecord left, ImageRecord right) =>
        string.CompareOrdinal(left.ImageRef, right.ImageRef) is not 0 and var names ? names
        : string.CompareOrdinal(left.Platform.ToString(), right.Platform.ToString()) is not 0 and var platforms ? platforms
        : string.CompareOrdinal(left.OutputPath, right.OutputPath);

    private IReadOnlyDictionary<string, string>? LabelsOf(NamedImage named) =>
        ImageDocuments.Find(Blobs, named.Manifest)?.Config.Config?.Labels;

    private IEnumerable<ImageRecord> Unnamed(IReadOnlyList<NamedImage> names, ImageFilter filter)
    {
        var led = names.Select(Disks.FolderOf).ToHashSet(StringComparer.Ordinal);
        return StoreInventory.ReadDisks(Paths)
            .Where(disk => disk.Record is { } record && !led.Contains(disk.Folder) && filter.MatchesName(record.ResolvedRef) && filter.Labels.Count == 0)
            .Select(disk => new ImageRecord(
                disk.Record!.ResolvedRef, disk.Record.ResolvedRef.Split('@')[0], disk.Record.Digest, disk.Record.Platform, disk.Path, disk.SizeBytes, disk.LastUsedAt));
    }

    private async Task<T> GuardAsync<T>(Func<Task<T>> work)
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (Exception e) when (IoFailure.Is(e))
        {
            throw IoFailure.Translate(e, Root);
        }
    }
}
