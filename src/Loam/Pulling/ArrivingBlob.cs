using System.Buffers;
using System.Security.Cryptography;
using Loam.Files;
using Loam.Store;
using Microsoft.Win32.SafeHandles;

namespace Loam.Pulling;

/// <summary>
/// A blob on its way from a registry into the store. It continues with the bytes that an earlier pull left, and others can
/// read it while it arrives, each from its first byte on.
/// </summary>
internal sealed partial class ArrivingBlob
{
    private const int BufferBytes = 256 << 10;

    private readonly Descriptor _blob;
    private readonly Action<long>? _progress;
    private readonly Lock _moving = new();
    private string? _path;

    /// <summary>Starts fetching.</summary>
    /// <param name="store">Where it goes.</param>
    /// <param name="registry">Where it comes from.</param>
    /// <param name="reference">The repository there.</param>
    /// <param name="blob">The blob.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Cancels the fetch; the bytes that arrived are kept for the next one.</param>
    public ArrivingBlob(
        BlobStore store, RegistryClient registry, ImageReference reference, Descriptor blob, ArrivalOptions options, CancellationToken cancellationToken)
    {
        _blob = blob;
        _progress = options.Progress;
        Completion = RunAsync(
            store, options, (offset, hash) => registry.ReadBlob(reference, blob, offset, hash, cancellationToken), cancellationToken);
    }

    /// <summary>Ends when the blob is in the store under its digest; fails with what keeps it from it.</summary>
    public Task Completion { get; }

    /// <summary>Opens the blob from its first byte on; reads wait for what has not arrived, and fail with the fetch.</summary>
    /// <param name="cancellationToken">Ends reads that wait.</param>
    public Stream OpenRead(CancellationToken cancellationToken) => new Reader(this, cancellationToken);

    private async Task RunAsync(
        BlobStore store, ArrivalOptions options, Func<long, IncrementalHash, Stream> open, CancellationToken cancellationToken)
    {
        try
        {
            await options.Turn.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                using var slot = await store.ReserveAsync(_blob.Digest, cancellationToken).ConfigureAwait(false);
                if (!options.Force && store.Has(_blob))
                {
                    // Another process fetched it while we waited for the right to.
                    Begin(store.PathOf(_blob.Digest), _blob.Size);
                    return;
                }

                await FetchAsync(slot.Part, open, cancellationToken).ConfigureAwait(false);
                await Task.Run(() => Publish(store, slot), cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                options.Turn.Release();
            }
        }
        catch (Exception e)
        {
            Fail(e);
            throw;
        }
    }

    private async Task FetchAsync(string part, Func<long, IncrementalHash, Stream> open, CancellationToken cancellationToken)
    {
        try
        {
            using var file = File.OpenHandle(part, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            Begin(part, available: 0);
            var hash = _blob.Digest.CreateHash();
            var done = await Task.Run(() => TakeOver(file, hash, cancellationToken), cancellationToken).ConfigureAwait(false);
            var source = open(done, hash);
            await using (source.ConfigureAwait(false))
            {
                await FailureGuard.ForStore(folder: null).RunAsync(() => ReceiveAsync(file, source, done)).ConfigureAwait(false);
            }
        }
        catch (LoamException e) when (e.Code.Class == ErrorClass.Corrupt)
        {
            // Nobody can go on with wrong bytes.
            Fail(e);
            File.Delete(part);
            throw;
        }
    }

    /// <summary>Hashes what an earlier pull left, so that the rest can follow.</summary>
    /// <returns>How many bytes are there.</returns>
    private long TakeOver(SafeFileHandle file, IncrementalHash hash, CancellationToken cancellationToken)
    {
        if (RandomAccess.GetLength(file) > _blob.Size)
        {
            RandomAccess.SetLength(file, 0);
        }

        var done = 0L;
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            int read;
            while ((read = RandomAccess.Read(file, buffer, done)) > 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                hash.AppendData(buffer, 0, read);
                Advance(done += read);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return done;
    }

    /// <summary>Keeps what comes; the source hashes it, and gives the last bytes only if all were right.</summary>
    /// <returns>How many bytes there are.</returns>
    private async Task<long> ReceiveAsync(SafeFileHandle file, Stream source, long done)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            int read;
            while ((read = await source.ReadAsync(buffer).ConfigureAwait(false)) > 0)
            {
                RandomAccess.Write(file, buffer.AsSpan(0, read), done);
                Advance(done += read);
            }

            return done;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Gives the blob its final name; nobody opens it between the one name and the other.</summary>
    private void Publish(BlobStore store, StagingSlot slot)
    {
        lock (_moving)
        {
            store.Publish(slot, _blob.Digest);
            _path = store.PathOf(_blob.Digest);
        }
    }
}
