using Loam.Files;
using Loam.Telemetry;
using Microsoft.Extensions.Logging;

namespace Loam.Store;

/// <summary>The content-addressed blobs of the store. A blob that is visible is whole: its name is its digest.</summary>
internal sealed partial class BlobStore(StatePaths paths, StagingArea staging, StableStorage storage, ILogger logger)
{
    /// <summary>Whether a blob is in the store; a file of another length than its descriptor says does not count.</summary>
    public bool Has(Descriptor blob)
    {
        var file = new FileInfo(paths.Blob(blob.Digest));
        return file.Exists && file.Length == blob.Size;
    }

    /// <summary>Where a blob stands, or would.</summary>
    public string PathOf(Digest digest) => paths.Blob(digest);

    /// <summary>Opens a blob for reading from front to back.</summary>
    public FileStream OpenRead(Digest digest)
    {
        try
        {
            return new FileStream(
                paths.Blob(digest), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new LoamException(ErrorCodes.BlobMissing, $"blob {digest} is not in the store", e);
        }
    }

    /// <summary>Reads a small blob whole and checks it against its digest.</summary>
    public byte[] ReadVerified(Descriptor blob, long cap)
    {
        using var stream = OpenRead(blob.Digest);
        if (stream.Length != blob.Size || blob.Size > cap)
        {
            throw new LoamException(ErrorCodes.StoreDamaged, $"blob {blob.Digest} has {stream.Length} bytes; {blob.Size} were recorded, the maximum is {cap}");
        }

        var content = new byte[blob.Size];
        stream.ReadExactly(content);
        return blob.Digest.Matches(content)
            ? content
            : throw new LoamException(ErrorCodes.StoreDamaged, $"blob {blob.Digest} no longer has its digest");
    }

    /// <summary>A blob's length; null where it is not in the store.</summary>
    public long? Length(Digest digest) => new FileInfo(paths.Blob(digest)) is { Exists: true } file ? file.Length : null;

    /// <summary>Reads a blob of any size and checks it against its descriptor.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.StoreDamaged"/>, <see cref="ErrorCodes.BlobMissing"/>.</exception>
    public void Verify(Descriptor blob)
    {
        using var stream = OpenRead(blob.Digest);
        if (stream.Length != blob.Size || Digest.Of(stream, blob.Digest) != blob.Digest)
        {
            throw new LoamException(ErrorCodes.StoreDamaged, $"blob {blob.Digest} no longer has its digest");
        }
    }

    /// <summary>Takes the right to fetch one blob; only one process has it at a time.</summary>
    public Task<StagingSlot> ReserveAsync(Digest digest, CancellationToken cancellationToken) =>
        staging.ReserveAsync(StatePaths.Stem(digest), cancellationToken);

    /// <summary>Takes over a whole and verified file as a blob, unless the store has it.</summary>
    /// <param name="file">The file, on the store's file system.</param>
    /// <param name="blob">Its digest and length.</param>
    /// <param name="cancellationToken">Cancels the wait for other processes that fetch the same blob.</param>
    /// <returns>Whether it is new in the store.</returns>
    public async Task<bool> TakeAsync(string file, Descriptor blob, CancellationToken cancellationToken)
    {
        if (Has(blob))
        {
            return false;
        }

        using var slot = await ReserveAsync(blob.Digest, cancellationToken).ConfigureAwait(false);
        if (Has(blob))
        {
            return false;
        }

        // From here on it is what a finished download is: a kill leaves it for the next to publish.
        storage.Move(file, slot.Part);
        Publish(slot, blob.Digest);
        return true;
    }

    /// <summary>Makes a fetched and verified blob visible.</summary>
    public void Publish(StagingSlot slot, Digest digest)
    {
        Directory.CreateDirectory(paths.Blobs(digest.Algorithm));
        AtomicFile.Move(slot.Part, paths.Blob(digest), storage);
        LogStored(digest);
    }

    /// <summary>Removes a blob; the store's lock is held alone.</summary>
    public void Remove(Digest digest) => storage.Remove(paths.Blob(digest));

    /// <summary>Adds bytes whose digest the caller has verified.</summary>
    public async Task AddAsync(Digest digest, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        if (File.Exists(paths.Blob(digest)))
        {
            return;
        }

        using var slot = await ReserveAsync(digest, cancellationToken).ConfigureAwait(false);
        Directory.CreateDirectory(paths.Blobs(digest.Algorithm));
        AtomicFile.Write(slot.Temporary, paths.Blob(digest), content.Span, storage);
        LogStored(digest);
    }

    [LoggerMessage(EventId = EventNumbers.BlobStored, Level = LogLevel.Debug, Message = "blob {Digest} is in the store now")]
    private partial void LogStored(Digest digest);
}
