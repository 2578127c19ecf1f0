using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace Loam.Streams;

/// <summary>
/// A stream that is read on a thread of its own into a bounded number of chunks, so that inflating one layer goes on
/// while another is applied. Errors of the source come out of <see cref="Read(Span{byte})"/>, after all that came before them.
/// </summary>
internal sealed class InflateAhead : ReadOnlyStream
{
    private const int ChunkBytes = 256 << 10;
    private const int Chunks = 20;

    private readonly BlockingCollection<byte[]> _free = new(Chunks);
    private readonly BlockingCollection<ArraySegment<byte>> _full = new(Chunks);
    private readonly CancellationTokenSource _stop;
    private readonly Task _pump;
    private ArraySegment<byte> _current;
    private ExceptionDispatchInfo? _failure;
    private int _allocated;

    /// <summary>Starts reading.</summary>
    /// <param name="openAsync">Opens the compressed bytes.</param>
    /// <param name="inflate">Wraps them into what is to be read; may block.</param>
    /// <param name="cancellationToken">Ends reading.</param>
    public InflateAhead(
        Func<CancellationToken, Task<Stream>> openAsync, Func<Stream, Stream> inflate, CancellationToken cancellationToken)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _pump = Task.Run(() => PumpAsync(openAsync, inflate, _stop.Token), CancellationToken.None);
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        if (_current.Count == 0 && !NextChunk())
        {
            return 0;
        }

        var take = Math.Min(buffer.Length, _current.Count);
        _current.AsSpan(0, take).CopyTo(buffer);
        _current = _current[take..];
        return take;
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _pump.ConfigureAwait(false);
        _stop.Dispose();
        _free.Dispose();
        _full.Dispose();
        await base.DisposeAsync().ConfigureAwait(false);
    }

    private bool NextChunk()
    {
        if (_current.Array is { } used)
        {
            _free.Add(used, _stop.Token);
            _current = default;
        }

        if (_full.TryTake(out _current, Timeout.Infinite, _stop.Token))
        {
            return true;
        }

        _failure?.Throw();
        return false;
    }

    private async Task PumpAsync(
        Func<CancellationToken, Task<Stream>> openAsync, Func<Stream, Stream> inflate, CancellationToken cancellationToken)
    {
        try
        {
            var source = await openAsync(cancellationToken).ConfigureAwait(false);
            await using (source.ConfigureAwait(false))
            {
                // Reading blocks, so it gets a thread of its own: the pool's few threads must go on receiving.
                await Task.Factory.StartNew(
                    () => Pump(source, inflate, cancellationToken), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
            }
        }
#pragma warning disable CA1031 // Whatever it is, the reader is to see it.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _failure = ExceptionDispatchInfo.Capture(e);
        }
        finally
        {
            _full.CompleteAdding();
        }
    }

    private void Pump(Stream source, Func<Stream, Stream> inflate, CancellationToken cancellationToken)
    {
        using var inflated = inflate(source);
        while (true)
        {
            var chunk = TakeFree(cancellationToken);
            var length = Fill(inflated, chunk);
            if (length == 0)
            {
                return;
            }

            _full.Add(new ArraySegment<byte>(chunk, 0, length), cancellationToken);
        }
    }

    private byte[] TakeFree(CancellationToken cancellationToken)
    {
        if (_free.TryTake(out var chunk))
        {
            return chunk;
        }

        if (_allocated < Chunks)
        {
            _allocated++;
            return GC.AllocateUninitializedArray<byte>(ChunkBytes);
        }

        return _free.Take(cancellationToken);
    }

    private static int Fill(Stream source, byte[] chunk)
    {
        var length = 0;
        int read;
        while (length < chunk.Length && (read = source.Read(chunk, length, chunk.Length - length)) > 0)
        {
            length += read;
        }

        return length;
    }
}
