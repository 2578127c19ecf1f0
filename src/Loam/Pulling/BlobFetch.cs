using Loam.Registry;
using Loam.Store;

namespace Loam.Pulling;

/// <summary>One blob on its way into the store. Others can read it while it arrives.</summary>
internal sealed class BlobFetch
{
    private readonly TaskCompletionSource _readable = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _moving = new();
    private Func<Stream>? _open;

    /// <summary>Starts fetching.</summary>
    /// <param name="store">Where it goes.</param>
    /// <param name="blob">What to fetch.</param>
    /// <param name="download">How to download it to a file.</param>
    /// <param name="turn">Says when it may start.</param>
    /// <param name="force">Whether it is fetched although it is here.</param>
    /// <param name="cancellationToken">Ends the fetch; bytes that came stay for the next.</param>
    public BlobFetch(
        BlobStore store, Descriptor blob, Func<string, BlobDownload> download, SemaphoreSlim turn, bool force, CancellationToken cancellationToken) =>
        Completion = RunAsync(store, blob, download, turn, force, cancellationToken);

    /// <summary>Ends when the blob is in the store under its digest.</summary>
    public Task Completion { get; }

    /// <summary>Opens the blob from its first byte; reads wait for what has not arrived.</summary>
    public async Task<Stream> OpenReadAsync(CancellationToken cancellationToken)
    {
        await _readable.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        lock (_moving)
        {
            return _open!();
        }
    }

    private async Task RunAsync(
        BlobStore store, Descriptor blob, Func<string, BlobDownload> download, SemaphoreSlim turn, bool force, CancellationToken cancellationToken)
    {
        try
        {
            await turn.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                await FetchAsync(store, blob, download, force, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                turn.Release();
            }
        }
        catch (Exception e)
        {
            _readable.TrySetException(e);
            throw;
        }
    }

    private async Task FetchAsync(
        BlobStore store, Descriptor blob, Func<string, BlobDownload> download, bool force, CancellationToken cancellationToken)
    {
        using var slot = await store.ReserveAsync(blob.Digest, cancellationToken).ConfigureAwait(false);
        if (!force && store.Has(blob))
        {
            // Another process fetched it while we waited for the right to.
            MakeReadable(() => store.OpenRead(blob.Digest));
            return;
        }

        using var running = download(slot.Part);
        MakeReadable(running.OpenRead);
        await running.RunAsync(cancellationToken).ConfigureAwait(false);
        await Task.Run(() => Publish(store, slot, blob.Digest), cancellationToken).ConfigureAwait(false);
    }

    private void MakeReadable(Func<Stream> open)
    {
        _open = open;
        _readable.SetResult();
    }

    /// <summary>Gives the blob its final name; nobody opens it between the one name and the other.</summary>
    private void Publish(BlobStore store, StagingSlot slot, Digest digest)
    {
        lock (_moving)
        {
            store.Publish(slot, digest);
            _open = () => store.OpenRead(digest);
        }
    }
}
