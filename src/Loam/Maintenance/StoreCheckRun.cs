using System.Collections.Concurrent;
using System.Security.Cryptography;
using Loam.Store;

namespace Loam.Maintenance;

/// <summary>One check of a store, and one repair of what it finds.</summary>
internal sealed class StoreCheckRun(ImageStore store, RegistryClient? registry, IProgress<WorkProgress>? progress)
{
    private const int ChunkBytes = 1 << 20;
    private const int MaximumAtOnce = 4;

    private readonly ConcurrentBag<StoreProblem> _problems = [];
    private readonly ConcurrentDictionary<Digest, bool> _damaged = new();
    private long _bytesRead;
    private long _bytesInAll;
    private int _blobs;
    private int _disks;

    /// <summary>Hashes every blob and every disk, and follows every name.</summary>
    public async Task<StoreCheckReport> CheckAsync(CancellationToken cancellationToken)
    {
        using var held = await store.HoldAsync(cancellationToken).ConfigureAwait(false);
        return await LookAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Checks, puts what is damaged aside, and fetches blobs again from where they came.</summary>
    public async Task<StoreCheckReport> RepairAsync(CancellationToken cancellationToken)
    {
        var repair = new StoreRepair(store, registry);
        List<StoreProblem> aside;
        using (await store.ExcludeAsync(cancellationToken).ConfigureAwait(false))
        {
            var report = await LookAsync(cancellationToken).ConfigureAwait(false);
            if (report.Problems.Count == 0)
            {
                return report;
            }

            aside = await repair.PutAsideAsync(report.Problems, cancellationToken).ConfigureAwait(false);
        }

        // Fetching takes as long as the network does, and only adds; others need not wait for it.
        using var held = await store.HoldAsync(cancellationToken).ConfigureAwait(false);
        var mended = await repair.MendAsync(aside, cancellationToken).ConfigureAwait(false);

        // A manifest that came back may lead to blobs that nobody knew to be missing.
        var names = store.Names.Read();
        var known = mended.Select(problem => problem.Name).ToHashSet(StringComparer.Ordinal);
        var further = new NameFollower(store, names).Follow(_ => false)
            .Where(problem => problem.Kind == ProblemKind.BlobMissing && !known.Contains(problem.Name)).ToList();
        mended.AddRange(await repair.MendAsync(further, cancellationToken).ConfigureAwait(false));
        return Report(names.Count, mended);
    }

    private async Task<StoreCheckReport> LookAsync(CancellationToken cancellationToken)
    {
        var names = ReadNames();
        var follower = new NameFollower(store, names);
        var parallel = new ParallelOptions
        {
            MaxDegreeOfParallelism = Math.Min(MaximumAtOnce, Environment.ProcessorCount),
            CancellationToken = cancellationToken,
        };
        var files = BlobFiles().ToList();
        var disks = StoreInventory.ReadDisks(store.Paths).ToList();
        (_blobs, _disks) = (files.Count, disks.Count);
        _bytesInAll = files.Where(file => file.Digest is not null).Sum(file => new FileInfo(file.Path).Length) + disks.Sum(disk => disk.SizeBytes);
        await Parallel.ForEachAsync(files, parallel, (file, stop) => CheckBlobAsync(file.Path, file.Digest, follower, stop)).ConfigureAwait(false);
        await Parallel.ForEachAsync(disks, parallel, (disk, stop) => CheckDiskAsync(disk, follower, stop)).ConfigureAwait(false);
        foreach (var problem in follower.Follow(_damaged.ContainsKey))
        {
            _problems.Add(problem);
        }

        return Report(names.Count, _problems);
    }

    private StoreCheckReport Report(int names, IEnumerable<StoreProblem> problems) => new(
        names,
        _blobs,
        _disks,
        Interlocked.Read(ref _bytesRead),
        [.. problems.OrderBy(problem => problem.Kind).ThenBy(problem => problem.Name, StringComparer.Ordinal)]);

    private IReadOnlyList<NamedImage> ReadNames()
    {
        try
        {
            return store.Names.Read();
        }
        catch (LoamException e)
        {
            _problems.Add(new StoreProblem(ProblemKind.IndexDamaged, store.Paths.Index, e.Message, []));
            return [];
        }
    }

    private IEnumerable<(string Path, Digest? Digest)> BlobFiles() =>
        from folder in Directory.EnumerateDirectories(Path.Combine(store.Paths.Layout, "blobs"))
        from file in Directory.EnumerateFiles(folder)
        select (file, Digest.TryParse($"{Path.GetFileName(folder)}:{Path.GetFileName(file)}", out var digest) ? digest : (Digest?)null);

    private async ValueTask CheckBlobAsync(string path, Digest? named, NameFollower follower, CancellationToken cancellationToken)
    {
        if (named is not { } digest)
        {
            _problems.Add(new StoreProblem(ProblemKind.UnknownFile, path, $"{path} is not a blob", []));
            return;
        }

        using var hash = digest.CreateHash();
        await FeedAsync(path, hash, cancellationToken).ConfigureAwait(false);
        var found = Digest.Finish(hash);
        if (found != digest)
        {
            _damaged[digest] = true;
            _problems.Add(new StoreProblem(ProblemKind.BlobDamaged, digest.ToString(), $"blob {digest} has digest {found}", follower.ImagesOf(digest)));
        }
    }

    private async ValueTask CheckDiskAsync(StoredDisk disk, NameFollower follower, CancellationToken cancellationToken)
    {
        var folder = Path.GetDirectoryName(disk.Path)!;
        if (disk.Record is not { } record)
        {
            Damaged($"the record of disk {folder} cannot be read");
        }
        else if (!File.Exists(disk.Path) || disk.SizeBytes != record.Disk.SizeBytes)
        {
            Damaged($"disk {disk.Path} has {disk.SizeBytes} bytes; its record says {record.Disk.SizeBytes}");
        }
        else
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            await FeedAsync(disk.Path, hash, cancellationToken).ConfigureAwait(false);
            var found = Convert.ToHexStringLower(hash.GetHashAndReset());
            if (found != record.Disk.Sha256)
            {
                Damaged($"disk {disk.Path} has SHA-256 {found}; its record says {record.Disk.Sha256}");
            }
        }

        void Damaged(string message) => _problems.Add(new StoreProblem(ProblemKind.DiskDamaged, folder, message, follower.ImagesOf(disk.Folder)));
    }

    private async Task FeedAsync(string path, IncrementalHash hash, CancellationToken cancellationToken)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.SequentialScan);
        var buffer = GC.AllocateUninitializedArray<byte>(ChunkBytes);
        var offset = 0L;
        int read;
        while ((read = await RandomAccess.ReadAsync(file, buffer, offset, cancellationToken).ConfigureAwait(false)) > 0)
        {
            hash.AppendData(buffer, 0, read);
            offset += read;
            var done = Interlocked.Add(ref _bytesRead, read);
            progress?.Report(new WorkProgress(WorkPhase.Check, null, null, Math.Min(done, _bytesInAll), _bytesInAll));
        }
    }
}
