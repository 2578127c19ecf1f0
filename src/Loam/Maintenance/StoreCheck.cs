using System.Collections.Concurrent;
using System.Security.Cryptography;
using Loam.Maintenance;
using Loam.Store;

namespace Loam;

/// <summary>
/// Checks a store as fsck checks a file system: hashes every blob and every disk, and follows every name. Repair puts
/// what is damaged aside and fetches blobs anew from where they came.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="registry">Where blobs are fetched from; null to fetch none.</param>
public sealed class StoreCheck(ImageStore store, RegistryClient? registry = null)
{
    private const int ChunkBytes = 1 << 20;
    private const int MostAtOnce = 4;

    private readonly ConcurrentBag<StoreProblem> _problems = [];
    private long _bytesRead;
    private long _bytesInAll;

    /// <summary>Runs the check.</summary>
    /// <param name="repair">Whether damage is put aside and mended.</param>
    /// <param name="progress">Told how many bytes were hashed so far.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="LoamException">The state folder cannot be used at all.</exception>
    public async Task<StoreCheckReport> RunAsync(bool repair, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        try
        {
            _problems.Clear();
            _bytesRead = 0;
            using (repair
                ? await store.ExcludeAsync(cancellationToken).ConfigureAwait(false)
                : await store.HoldAsync(cancellationToken).ConfigureAwait(false))
            {
                var report = await LookAsync(progress, cancellationToken).ConfigureAwait(false);
                if (!repair || report.Problems.Count == 0)
                {
                    return report;
                }

                var aside = await new StoreRepair(store, registry).PutAsideAsync(report.Problems, cancellationToken).ConfigureAwait(false);
                _problems.Clear();
                aside.ForEach(_problems.Add);
            }

            // Fetching takes as long as the network does, and only adds; others need not wait for it.
            using var held = await store.HoldAsync(cancellationToken).ConfigureAwait(false);
            var repairer = new StoreRepair(store, registry);
            var mended = await repairer.MendAsync([.. _problems], cancellationToken).ConfigureAwait(false);

            // A manifest that came back may lead to blobs that nobody knew to be missing.
            var names = store.Names.Read();
            var known = mended.Select(problem => problem.Name).ToHashSet(StringComparer.Ordinal);
            var further = new NameFollower(store, names).Follow(_ => false).Where(problem => problem.Kind == ProblemKind.BlobMissing && !known.Contains(problem.Name)).ToList();
            mended.AddRange(await repairer.MendAsync(further, cancellationToken).ConfigureAwait(false));
            return Report(names.Count, mended);
        }
        catch (Exception e) when (IoFailure.Is(e))
        {
            throw IoFailure.Translate(e, store.Root);
        }
    }

    private int Blobs { get; set; }

    private int Disks { get; set; }

    private async Task<StoreCheckReport> LookAsync(IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        var names = ReadNames();
        var follower = new NameFollower(store, names);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Math.Min(MostAtOnce, Environment.ProcessorCount), CancellationToken = cancellationToken };
        var files = BlobFiles().ToList();
        var disks = StoreInventory.ReadDisks(store.Paths).ToList();
        (Blobs, Disks) = (files.Count, disks.Count);
        _bytesInAll = files.Where(file => file.Digest is not null).Sum(file => new FileInfo(file.Path).Length) + disks.Sum(disk => disk.SizeBytes);
        var damaged = new ConcurrentDictionary<Digest, bool>();
        await Parallel.ForEachAsync(files, parallel, async (file, stop) =>
        {
            if (file.Digest is not { } digest)
            {
                _problems.Add(new StoreProblem(ProblemKind.UnknownFile, file.Path, $"{file.Path} is no blob", []));
                return;
            }

            using var hash = digest.CreateHash();
            await FeedAsync(file.Path, hash, progress, stop).ConfigureAwait(false);
            var found = Digest.Finish(hash);
            if (found != digest)
            {
                damaged[digest] = true;
                _problems.Add(new StoreProblem(ProblemKind.BlobDamaged, digest.ToString(), $"blob {digest} has digest {found}", follower.ImagesOf(digest)));
            }
        }).ConfigureAwait(false);
        await Parallel.ForEachAsync(disks, parallel, (disk, stop) => CheckDiskAsync(disk, follower, progress, stop)).ConfigureAwait(false);
        foreach (var problem in follower.Follow(damaged.ContainsKey))
        {
            _problems.Add(problem);
        }

        return Report(names.Count, _problems);
    }

    private StoreCheckReport Report(int names, IEnumerable<StoreProblem> problems) => new(
        names,
        Blobs,
        Disks,
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

    private async ValueTask CheckDiskAsync(StoredDisk disk, NameFollower follower, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
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
            await FeedAsync(disk.Path, hash, progress, cancellationToken).ConfigureAwait(false);
            var found = Convert.ToHexStringLower(hash.GetHashAndReset());
            if (found != record.Disk.Sha256)
            {
                Damaged($"disk {disk.Path} has SHA-256 {found}; its record says {record.Disk.Sha256}");
            }
        }

        void Damaged(string message) => _problems.Add(new StoreProblem(ProblemKind.DiskDamaged, folder, message, follower.ImagesOf(disk.Folder)));
    }

    private async Task FeedAsync(string path, IncrementalHash hash, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
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
            progress?.Report(new WorkProgress(WorkPhase.Check, -1, default, Math.Min(done, _bytesInAll), _bytesInAll));
        }
    }
}
