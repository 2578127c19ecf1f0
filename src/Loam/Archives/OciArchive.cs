using Loam.Images;
using Loam.Store;

namespace Loam.Archives;

/// <summary>The images of an OCI image layout (OCI image-spec, <c>image-layout.md</c>).</summary>
internal sealed class OciArchive(ArchiveFiles files, PlatformSelection platforms)
{
    private const string ContainerdNameAnnotation = "io.containerd.image.name";
    private const string IndexName = "index.json";
    private const int MaximumIndexDepth = 4;
    private const int MaximumManifests = 10_000;

    /// <summary>Whether the archive says that it is a layout.</summary>
    public static bool Is(ArchiveFiles files) => files.Find(IndexName) is not null;

    /// <summary>Finds the images, in the order of the layout's index.</summary>
    public IReadOnlyList<ArchiveImage> Read()
    {
        CheckVersion();
        var top = ImageIndex.Parse(files.ReadDocument(IndexName));
        var candidates = new List<Candidate>();
        foreach (var entry in top.Manifests)
        {
            Expand(entry, NamesOf(entry), null, 0, [], candidates);
        }

        // One name may stand at many manifests, one for each platform, as in Loam's own store.
        return [.. candidates
            .GroupBy(candidate => candidate.Names.Count > 0 ? candidate.Names[0].ToString() : candidate.Top.ToString(), StringComparer.Ordinal)
            .SelectMany(Choose)];
    }

    private void CheckVersion()
    {
        if (files.ReadDocument("oci-layout") is not { } marker)
        {
            return;
        }

        var version = ManifestJson.Read(marker, OciJson.Default.LayoutMarker, "oci-layout").ImageLayoutVersion;
        if (version?.StartsWith("1.", StringComparison.Ordinal) != true)
        {
            throw new LoamException(ErrorCodes.ArchiveInvalid, $"the layout has version {Printable.Of(version ?? "none")}; only 1.0.0 is supported");
        }
    }

    private void Expand(
        Descriptor entry, IReadOnlyList<ImageReference> names, (Digest Digest, StagedFile? File)? via, int depth, HashSet<Digest> seen, List<Candidate> found)
    {
        if (found.Count == MaximumManifests)
        {
            throw new LoamException(ErrorCodes.ArchiveTooLarge, $"the archive's indexes refer to more than {MaximumManifests} manifests");
        }

        if (entry.Platform is { Os: "unknown", Architecture: "unknown" } || !seen.Add(entry.Digest))
        {
            return;
        }

        if (!MediaTypes.IsIndex(entry.MediaType))
        {
            var plain = entry with { Annotations = null };
            found.Add(new Candidate(WithPlatform(plain), names, via?.Digest ?? entry.Digest, via?.File));
            return;
        }

        if (depth == MaximumIndexDepth)
        {
            throw new LoamException(ErrorCodes.ManifestInvalid, $"the archive's indexes nest more than {MaximumIndexDepth} deep");
        }

        var file = files.Find(entry.Digest);
        if (file is null && depth > 0)
        {
            return;
        }

        if (file is null)
        {
            throw new LoamException(ErrorCodes.ArchiveIncomplete, $"the archive lacks index {entry.Digest}");
        }

        foreach (var child in ImageIndex.Parse(files.Read(file, entry.Digest.ToString(), ImageManifest.MaximumBytes)).Manifests)
        {
            Expand(child, names, via ?? (entry.Digest, file), depth + 1, seen, found);
        }
    }

    /// <summary>Descriptors of single images seldom state a platform; the configuration does. Null descriptors are left
    /// to fail where they are chosen.</summary>
    private Descriptor? WithPlatform(Descriptor entry)
    {
        if (entry.Platform is not null)
        {
            return entry;
        }

        try
        {
            return ImageDocuments.Read(entry, Read).Descriptor;
        }
        catch (LoamException e) when (e.Code == ErrorCodes.NotAnImage)
        {
            // Signatures and other artifacts may stand beside images.
            return null;
        }
        catch (LoamException e) when (e.Code == ErrorCodes.ArchiveIncomplete)
        {
            return entry;
        }

        byte[] Read(Descriptor blob, int maximumBytes) => files.Find(blob.Digest) is { } file
            ? files.Read(file, blob.Digest.ToString(), maximumBytes)
            : throw new LoamException(ErrorCodes.ArchiveIncomplete, $"the archive lacks blob {blob.Digest}");
    }

    private IEnumerable<ArchiveImage> Choose(IEnumerable<Candidate> group)
    {
        var all = group.Where(candidate => candidate.Manifest is not null).ToList();
        if (all.Count == 0)
        {
            return [];
        }

        var here = all.Where(candidate => files.Find(candidate.Manifest!.Digest) is not null).ToList();
        var chosen = platforms.Choose([.. all.Select(candidate => candidate.Manifest!)], [.. here.Select(candidate => candidate.Manifest!)], Describe(all[0]));
        return chosen.Select(manifest => all.First(candidate => candidate.Manifest == manifest))
            .Select(candidate => ArchiveImage.Open(files, candidate.Manifest!, NamesFor(candidate, all), candidate.Index));
    }

    private static IReadOnlyList<ImageReference> NamesFor(Candidate candidate, List<Candidate> group) =>
        candidate.Names.Count > 0 || candidate.Index is null || group.Count == 1
            ? candidate.Names
            : [ImageReference.Parse($"{ArchiveImage.NamelessRepository}@{candidate.Top}")];

    private static string Describe(Candidate candidate) => candidate.Names.Count > 0 ? candidate.Names[0].ToString() : candidate.Top.ToString();

    /// <summary>containerd and Docker state the whole name beside the tag; others put one or the other into the tag's place.</summary>
    private static IReadOnlyList<ImageReference> NamesOf(Descriptor entry)
    {
        if (entry.Annotations?.GetValueOrDefault(ContainerdNameAnnotation) is { } whole && ImageReference.TryParse(whole, out var named))
        {
            return [named];
        }

        if (entry.Annotations?.GetValueOrDefault(MediaTypes.NameAnnotation) is not { Length: > 0 } stated)
        {
            return [];
        }

        var text = stated.AsSpan().ContainsAny('/', ':', '@') ? stated : $"{ArchiveImage.NamelessRepository}:{stated}";
        return ImageReference.TryParse(text, out var reference) ? [reference] : [];
    }

    /// <summary>A manifest that the layout's index leads to.</summary>
    /// <param name="Manifest">Its descriptor, with its platform where that is known; null for what is not an image.</param>
    /// <param name="Names">The names at the top of the way to it.</param>
    /// <param name="Top">The digest at the top of the way to it.</param>
    /// <param name="Index">The index at the top, if there is one.</param>
    private sealed record Candidate(Descriptor? Manifest, IReadOnlyList<ImageReference> Names, Digest Top, StagedFile? Index);
}
