using System.Security.Cryptography;
using Loam.Store;

namespace Loam.Archives;

/// <summary>A file of an archive that is hashed and stands where it can be opened.</summary>
/// <param name="Digest">Of its bytes.</param>
/// <param name="Size">Its length in bytes.</param>
/// <param name="Path">Where it stands: in the staging folder, or as a blob in the store.</param>
internal sealed record StagedFile(Digest Digest, long Size, string Path)
{
    /// <summary>Opens it for reading from front to back.</summary>
    public FileStream OpenRead() =>
        new(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan);
}

/// <summary>
/// A folder in the store's ingest room where the files of one archive stand under their digests until it is known that
/// the archive is sound. Nothing of it is visible; disposed or killed, it leaves nothing behind.
/// </summary>
internal sealed class ArchiveStaging : IDisposable
{
    private readonly ImageStore _store;
    private readonly StagingSlot _slot;
    private readonly Dictionary<Digest, StagedFile> _files = [];
    private int _unfinished;

    private ArchiveStaging(ImageStore store, StagingSlot slot)
    {
        _store = store;
        _slot = slot;
        Directory.CreateDirectory(slot.Folder);
        FreeBytes = new DriveInfo(slot.Folder).AvailableFreeSpace;
    }

    /// <summary>Free bytes of the store's file system when staging began.</summary>
    public long FreeBytes { get; }

    public static async Task<ArchiveStaging> CreateAsync(ImageStore store, CancellationToken cancellationToken)
    {
        Span<byte> name = stackalloc byte[16];
        RandomNumberGenerator.Fill(name);
        var stem = $"load-{Convert.ToHexStringLower(name)}";
        return new ArchiveStaging(store, await store.Staging.ReserveAsync(stem, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>What was staged under a digest.</summary>
    public StagedFile? Find(Digest digest) => _files.GetValueOrDefault(digest);

    /// <summary>Stages a file.</summary>
    /// <param name="read">The next bytes; empty at the end. The span is used before the next call.</param>
    /// <param name="length">How many bytes they are.</param>
    /// <param name="expected">What its digest must be; null where nothing says so.</param>
    /// <param name="name">What it is called, for errors.</param>
    /// <exception cref="LoamException"><see cref="ErrorCodes.DigestMismatch"/>.</exception>
    public StagedFile Add(ReadChunk read, long length, Digest? expected, string name)
    {
        // What the store has needs no second copy; its bytes are still hashed, since the archive must be sound.
        var known = expected is { } wanted ? Find(wanted) ?? FindInStore(wanted, length) : null;
        var path = System.IO.Path.Combine(_slot.Folder, $"file-{_unfinished++}");
        using var hash = expected?.CreateHash() ?? IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var size = 0L;
        using (var file = known is null ? File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write) : null)
        {
            while (read() is { IsEmpty: false } chunk)
            {
                hash.AppendData(chunk);
                if (file is not null)
                {
                    RandomAccess.Write(file, chunk, size);
                }

                size += chunk.Length;
            }
        }

        var digest = Digest.Finish(hash);
        if (expected is { } stated && stated != digest)
        {
            throw new LoamException(ErrorCodes.DigestMismatch, $"\"{Printable.Of(name)}\" in the archive has digest {digest}")
            {
                Hint = ErrorCodes.ArchiveDamaged.Hint,
            };
        }

        return known is null ? Keep(digest, size, path) : _files[digest] = known;
    }

    /// <summary>Stages bytes that Loam made.</summary>
    public StagedFile Add(byte[] content)
    {
        var path = System.IO.Path.Combine(_slot.Folder, $"file-{_unfinished++}");
        _store.Storage.Write(path, content);
        return Keep(Digest.Sha256(content), content.Length, path);
    }

    /// <summary>Makes staged files visible as blobs of the store, one after the other.</summary>
    /// <returns>Whether any was new.</returns>
    public async Task<bool> PublishAsync(IEnumerable<StagedFile> blobs, CancellationToken cancellationToken)
    {
        var any = false;
        foreach (var blob in blobs.DistinctBy(blob => blob.Digest))
        {
            var descriptor = new Descriptor { MediaType = "", Digest = blob.Digest, Size = blob.Size };
            any |= await _store.Blobs.TakeAsync(blob.Path, descriptor, cancellationToken).ConfigureAwait(false);
        }

        return any;
    }

    /// <inheritdoc/>
    public void Dispose() => _slot.Dispose();

    private StagedFile Keep(Digest digest, long size, string path)
    {
        if (_files.TryGetValue(digest, out var twin))
        {
            File.Delete(path);
            return twin;
        }

        return _files[digest] = new StagedFile(digest, size, path);
    }

    private StagedFile? FindInStore(Digest digest, long length)
    {
        var file = new FileInfo(_store.Paths.Blob(digest));
        return file.Exists && file.Length == length ? new StagedFile(digest, file.Length, file.FullName) : null;
    }
}

/// <summary>Gives the next bytes of a file; empty at its end.</summary>
internal delegate ReadOnlySpan<byte> ReadChunk();
