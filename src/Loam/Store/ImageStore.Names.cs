using Loam.Files;
using Loam.Images;
using Loam.Store;

namespace Loam;

public partial class ImageStore
{
    /// <summary>The images in the store, in the order of their names. Disks that no name uses are listed only where what
    /// dangles is wanted, under repository and digest.</summary>
    /// <param name="filter">Which of them; null for all.</param>
    /// <returns>A record for each name and platform.</returns>
    /// <exception cref="LoamException"><see cref="ErrorCodes.StoreDamaged"/>.</exception>
    public virtual IReadOnlyList<ImageRecord> List(ImageFilter? filter = null)
    {
        filter ??= new ImageFilter();
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

    /// <summary>Finds an image that must exist, by reference, digest, abbreviated digest or short name.</summary>
    /// <param name="image">The reference, digest or short name, as a user writes it.</param>
    /// <param name="platform">Where a name has several platforms, the one wanted; null for this host's, else any.</param>
    /// <returns>The image's record.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="image"/> is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.ImageNotFound"/>, <see cref="ErrorCodes.ImageAmbiguous"/>,
    /// <see cref="ErrorCodes.PlatformNotFound"/>.</exception>
    public virtual ImageRecord Get(string image, Platform? platform = null)
    {
        ArgumentNullException.ThrowIfNull(image);
        return ToRecord(GetName(image, platform))
            ?? throw new LoamException(ErrorCodes.ImageNotFound, $"the name of \"{image}\" in the store is not an image reference");
    }

    /// <summary>Finds an image by reference, digest, abbreviated digest or short name.</summary>
    /// <param name="image">The reference, digest or short name, as a user writes it.</param>
    /// <param name="platform">Where a name has several platforms, the one wanted; null for this host's, else any.</param>
    /// <returns>The image's record; null where the store has no such image, or not for the platform.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="image"/> is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.ImageAmbiguous"/>.</exception>
    public virtual ImageRecord? Find(string image, Platform? platform = null)
    {
        ArgumentNullException.ThrowIfNull(image);
        return Choose(new NameResolver(Names.Read()).Find(image), platform) is { } named ? ToRecord(named) : null;
    }

    /// <summary>Whether the store has an image, as <see cref="Find"/> looks for it.</summary>
    /// <param name="image">The reference, digest or short name, as a user writes it.</param>
    /// <param name="platform">The platform wanted; null for any.</param>
    /// <returns>Whether the store has it; it need not have its disk.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="image"/> is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.ImageAmbiguous"/>.</exception>
    public virtual bool Exists(string image, Platform? platform = null) => Find(image, platform) is not null;

    /// <summary>Whether the store has a blob: a manifest, a configuration or a compressed layer.</summary>
    /// <param name="digest">The blob's digest.</param>
    /// <returns>Whether the store has it.</returns>
    public virtual bool HasBlob(Digest digest) => Blobs.Length(digest) is not null;

    /// <summary>Opens a blob: a manifest, a configuration or a compressed layer. What was read is whole only if it has the
    /// digest; the file may have been damaged since it was verified.</summary>
    /// <param name="digest">The blob's digest.</param>
    /// <returns>Its bytes, from the first; they can seek.</returns>
    /// <exception cref="LoamException"><see cref="ErrorCodes.BlobMissing"/>.</exception>
    /// <example>
    /// <code>
    /// var store = ImageStore.Open();
    /// using var manifest = new StreamReader(store.OpenBlob(store.Get("alpine").Digest));
    /// Console.WriteLine(await manifest.ReadToEndAsync());
    /// </code>
    /// </example>
    public virtual Stream OpenBlob(Digest digest) => Blobs.OpenRead(digest);

    /// <summary>Gives an image a further name; an image that had that name loses it.</summary>
    /// <param name="source">The image, as <see cref="Get"/> takes it.</param>
    /// <param name="target">The new name; no digest.</param>
    /// <param name="cancellationToken">Cancels the wait for other processes.</param>
    /// <returns>The new records, one for each platform.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="source"/> or <paramref name="target"/> is null.</exception>
    /// <exception cref="LoamException">As <see cref="Get"/>; <see cref="ErrorCodes.TagInvalid"/>.</exception>
    public virtual Task<IReadOnlyList<ImageRecord>> TagAsync(string source, ImageReference target, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(target);
        return target.Digest is not null
            ? throw new LoamException(ErrorCodes.TagInvalid, $"{target} has a digest")
            : TagOnceAsync(source, target, cancellationToken);
    }

    /// <summary>Gives an image a further name; an image that had that name loses it.</summary>
    /// <param name="source">The image, as <see cref="Get"/> takes it.</param>
    /// <param name="target">The new name: <c>app:1</c>, <c>registry.example/team/app:1</c>.</param>
    /// <param name="cancellationToken">Cancels the wait for other processes.</param>
    /// <returns>The new records, one for each platform.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="source"/> or <paramref name="target"/> is null.</exception>
    /// <exception cref="LoamException">As <see cref="Get"/>; <see cref="ErrorCodes.TagInvalid"/>,
    /// <see cref="ErrorCodes.InvalidReference"/>.</exception>
    public Task<IReadOnlyList<ImageRecord>> TagAsync(string source, string target, CancellationToken cancellationToken = default) =>
        TagAsync(source, ImageReference.Parse(target), cancellationToken);

    /// <summary>The one name that is meant.</summary>
    /// <exception cref="LoamException">As <see cref="Get"/>.</exception>
    internal NamedImage GetName(string image, Platform? platform)
    {
        var found = GetNames(image);
        return Choose(found, platform) ?? throw new LoamException(
            ErrorCodes.PlatformNotFound,
            $"{image} is in the store for {string.Join(", ", found.Select(named => $"{named.Platform}").Distinct(StringComparer.Ordinal))} only");
    }

    /// <summary>All names that are meant.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.ImageNotFound"/>, <see cref="ErrorCodes.ImageAmbiguous"/>.</exception>
    internal IReadOnlyList<NamedImage> GetNames(string image) => new NameResolver(Names.Read()).Get(image);

    /// <summary>Reads a name's manifest; null where the store does not have it.</summary>
    internal ImageManifest? ReadManifest(NamedImage named) =>
        named.Manifest is var manifest && Blobs.Has(manifest) ? ImageManifest.Parse(Blobs.ReadVerified(manifest, ImageManifest.MaximumBytes)) : null;

    private static NamedImage? Choose(IReadOnlyList<NamedImage> found, Platform? platform) =>
        found.FirstOrDefault(named => PlatformChoice.Fits(named.Platform, platform ?? Platform.Host)) ?? (platform is null ? found.FirstOrDefault() : null);

    private Task<IReadOnlyList<ImageRecord>> TagOnceAsync(string source, ImageReference target, CancellationToken cancellationToken) =>
        GuardAsync<IReadOnlyList<ImageRecord>>(async () =>
        {
            using var held = await HoldAsync(cancellationToken).ConfigureAwait(false);
            List<NamedImage> named = [];
            await Names.UpdateAsync(
                names =>
                {
                    named = [.. new NameResolver(names).Get(source)
                        .DistinctBy(found => (found.Digest, found.Platform))
                        .Select(found => found with { Name = target.ToString() })];
                    return Bind(names, named);
                },
                cancellationToken).ConfigureAwait(false);
            return [.. named.Select(ToRecord).OfType<ImageRecord>()];
        });

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
            .Select(disk => (Disk: disk, Record: disk.Record!))
            .Select(item => new ImageRecord(
                item.Record.ResolvedRef,
                item.Record.ResolvedRef.Split('@')[0],
                item.Record.Digest,
                item.Record.Platform,
                item.Disk.Path,
                item.Disk.SizeBytes,
                item.Disk.LastUsedAt));
    }

    private Task<T> GuardAsync<T>(Func<Task<T>> work) => FailureGuard.ForStore(Root).RunAsync(work);
}
