using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace Loam.Streams;

/// <summary>
/// A stream that is read on a thread of its own into a bounded number of chunks, so that inflating one layer goes on
/// while another is applied. Errors of the source come out of <see cref="Read(Span{byte})"/>, after all that came before them.
/// </summary>
internal sealed class ReadAhead : ReadOnlyStream
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
    /// <param name="open">Opens the source; it and the source's reads may block until the token ends them.</param>
    /// <param name="cancellationToken">Ends reading.</param>
    public ReadAhead(Func<CancellationToken, Stream> open, CancellationToken cancellationToken)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

        // Reading blocks, so it gets a thread of its own: the pool's few threads must go on receiving.
        _pump = Task.Factory.StartNew(
            () => Pump(open, _stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
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

    private void Pump(Func<CancellationToken, Stream> open, CancellationToken cancellationToken)
    {
        try
        {
            using var source = open(cancellationToken);
            while (true)
            {
                var chunk = TakeFree(cancellationToken);
                var length = Fill(source, chunk);
                if (length == 0)
                {
                    return;
                }

                _full.Add(new ArraySegment<byte>(chunk, 0, length), cancellationToken);
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
