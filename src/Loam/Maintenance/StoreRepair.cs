using Loam.Files;
using Loam.Images;
using Loam.Pulling;
using Loam.Store;

namespace Loam.Maintenance;

/// <summary>Puts damage aside, and fetches what is missing from where it came.</summary>
internal sealed class StoreRepair(ImageStore store, RegistryClient? registry)
{
    /// <summary>Moves what is damaged to the quarantine, where no name leads. The store's lock is held alone.</summary>
    public async Task<List<StoreProblem>> PutAsideAsync(IReadOnlyList<StoreProblem> problems, CancellationToken cancellationToken)
    {
        var done = new List<StoreProblem>();
        foreach (var problem in problems)
        {
            var path = problem.Kind switch
            {
                ProblemKind.BlobDamaged => store.Paths.Blob(Digest.Parse(problem.Name)),
                ProblemKind.DiskDamaged or ProblemKind.UnknownFile or ProblemKind.IndexDamaged => problem.Name,
                _ => null,
            };
            var aside = path is null ? problem : problem with { QuarantinedTo = PutAside(path) };
            if (problem.Kind == ProblemKind.IndexDamaged)
            {
                await RebuildNamesAsync(cancellationToken).ConfigureAwait(false);
                aside = aside with { Mended = true, Message = $"{problem.Message}; the names were rebuilt from the disks' records" };
            }

            // What no name needs is mended by being out of the way.
            done.Add(problem.Kind is ProblemKind.UnknownFile || (path is not null && problem.Images.Count == 0) ? aside with { Mended = true } : aside);
        }

        return done;
    }

    /// <summary>Fetches the blobs that are missing now; manifests first, since they say what else is needed.</summary>
    public async Task<List<StoreProblem>> MendAsync(IReadOnlyList<StoreProblem> problems, CancellationToken cancellationToken)
    {
        var done = new List<StoreProblem>();
        var sources = Sources();
        foreach (var problem in problems.Where(problem => problem is { Mended: false, Kind: ProblemKind.BlobDamaged or ProblemKind.BlobMissing }))
        {
            var mended = problem;
            try
            {
                mended = await FetchAsync(Digest.Parse(problem.Name), sources, cancellationToken).ConfigureAwait(false)
                    ? problem with { Mended = true }
                    : problem with { Message = $"{problem.Message}; where it came from is not recorded" };
            }
            catch (LoamException e)
            {
                mended = problem with { Message = $"{problem.Message}; it could not be fetched: {e.Message}" };
            }

            done.Add(mended);
        }

        done.AddRange(problems.Except(problems.Where(problem => problem is { Mended: false, Kind: ProblemKind.BlobDamaged or ProblemKind.BlobMissing })));
        return done;
    }

    private async Task<bool> FetchAsync(Digest digest, IReadOnlyList<Source> sources, CancellationToken cancellationToken)
    {
        LoamException? failure = null;
        foreach (var source in registry is null ? [] : sources.Where(source => source.Manifest == digest || source.Blobs.ContainsKey(digest)))
        {
            try
            {
                await FetchAsync(digest, source, cancellationToken).ConfigureAwait(false);
                return true;
            }
            catch (LoamException e) when (e.Code.Class != ErrorClass.Interrupted)
            {
                failure = e;
            }
        }

        return failure is null ? false : throw failure;
    }

    private async Task FetchAsync(Digest digest, Source source, CancellationToken cancellationToken)
    {
        if (source.Manifest == digest)
        {
            var manifest = await registry!.GetManifestAsync(source.Reference.WithDigest(digest), cancellationToken).ConfigureAwait(false);
            await store.Blobs.AddAsync(digest, manifest.Content, cancellationToken).ConfigureAwait(false);
            return;
        }

        if (source.Blobs[digest] is not { } blob)
        {
            // Of a configuration, disks' records know no length; the manifest does.
            var manifest = await registry!.GetManifestAsync(source.Reference.WithDigest(source.Manifest), cancellationToken).ConfigureAwait(false);
            blob = ImageManifest.Parse(manifest.Content.Span).Config;
        }

        using var turn = new SemaphoreSlim(1);
        await new ArrivingBlob(
            store.Blobs,
            registry!,
            source.Reference,
            blob,
            new ArrivalOptions(turn, Force: true, Progress: null),
            cancellationToken).Completion.ConfigureAwait(false);
    }

    /// <summary>Where blobs came from: what disks' records say, then what names say.</summary>
    private List<Source> Sources()
    {
        var sources = new List<Source>();
        foreach (var record in StoreInventory.ReadDisks(store.Paths).Select(disk => disk.Record).OfType<DiskRecord>())
        {
            if (ImageReference.TryParse(record.ResolvedRef, out var reference))
            {
                var blobs = record.Layers.DistinctBy(layer => layer.Digest).ToDictionary(
                    layer => layer.Digest, layer => (Descriptor?)new Descriptor { MediaType = layer.MediaType, Digest = layer.Digest, Size = layer.Size });
                blobs.TryAdd(record.ConfigDigest, null);
                sources.Add(new Source(reference, record.Digest, blobs));
            }
        }

        foreach (var named in store.Names.Read().Where(named => !MediaTypes.IsIndex(named.MediaType)))
        {
            if (named.Name is { } name && ImageReference.TryParse(name, out var reference))
            {
                sources.Add(new Source(reference, named.Digest, BlobsOf(named)));
            }
        }

        return sources;
    }

    private Dictionary<Digest, Descriptor?> BlobsOf(NamedImage named)
    {
        try
        {
            var manifest = store.ReadManifest(named);
            return (manifest?.Layers ?? []).Append(manifest?.Config).OfType<Descriptor>().DistinctBy(blob => blob.Digest)
                .ToDictionary(blob => blob.Digest, blob => (Descriptor?)blob);
        }
        catch (LoamException)
        {
            return [];
        }
    }

    /// <summary>Rebuilds <c>index.json</c>: each disk's record says what it was called and where it came from.</summary>
    private Task RebuildNamesAsync(CancellationToken cancellationToken)
    {
        var named = new List<NamedImage>();
        foreach (var disk in StoreInventory.ReadDisks(store.Paths).Where(disk => disk.Record is not null))
        {
            var record = disk.Record!;
            if (!ImageReference.TryParse(record.ImageRef, out var reference))
            {
                continue;
            }

            var blob = store.Paths.Blob(record.Digest);
            if (Libc.Status(blob) is not { Size: <= ImageManifest.MaximumBytes } status)
            {
                continue;
            }

            var stated = ManifestJson.MediaTypeOf(File.ReadAllBytes(blob));
            var manifest = new Descriptor
            {
                MediaType = stated ?? MediaTypes.OciManifest,
                Digest = record.Digest,
                Size = status.Size,
                Platform = record.Platform,
            };
            named.Add(NamedImage.Of(reference, manifest, record.IndexDigest, Path.Combine(disk.Folder, DiskStore.DiskName)));
        }

        return store.Names.UpdateAsync(_ => [.. named.DistinctBy(one => (one.Name, one.Platform))], cancellationToken);
    }

    private string PutAside(string path)
    {
        Directory.CreateDirectory(store.Paths.Quarantine);
        var target = Path.Combine(store.Paths.Quarantine, Path.GetFileName(path));
        for (var number = 2; Path.Exists(target); number++)
        {
            target = Path.Combine(store.Paths.Quarantine, $"{Path.GetFileName(path)}.{number}");
        }

        if (File.Exists(path))
        {
            store.Storage.Move(path, target);
        }
        else
        {
            store.Storage.MoveFolder(path, target);
        }

        store.Storage.SyncFolder(store.Paths.Quarantine);
        store.Storage.SyncFolder(Path.GetDirectoryName(path)!);
        return target;
    }

    /// <summary>Where an image came from.</summary>
    /// <param name="Reference">What the registry calls it.</param>
    /// <param name="Manifest">Its manifest.</param>
    /// <param name="Blobs">Its configuration and its layers; null where only the digest is known.</param>
    private sealed record Source(ImageReference Reference, Digest Manifest, IReadOnlyDictionary<Digest, Descriptor?> Blobs);
}
