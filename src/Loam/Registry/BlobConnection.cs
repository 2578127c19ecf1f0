using System.Net;
using System.Runtime.CompilerServices;

namespace Loam.Registry;

/// <summary>One answer that is sending a blob.</summary>
internal sealed class BlobConnection : IDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly Stream _body;
    private readonly CancellationTokenSource _stall;
    private readonly TimeSpan _limit;
    private long _skip;

    /// <param name="response">The answer: 200 with all of the blob, or 206 with the rest of it.</param>
    /// <param name="body">Its body.</param>
    /// <param name="source">Who sends.</param>
    /// <param name="position">The first byte that is wanted. A registry that knows no ranges sends everything again; what
    /// comes before is passed over.</param>
    /// <param name="limit">How long nothing may come.</param>
    /// <param name="stop">Ends reads.</param>
    public BlobConnection(HttpResponseMessage response, Stream body, RegistryTarget source, long position, TimeSpan limit, CancellationToken stop)
    {
        (_response, _body, Source, _limit) = (response, body, source, limit);
        _skip = response.StatusCode == HttpStatusCode.OK ? position : 0;
        _stall = CancellationTokenSource.CreateLinkedTokenSource(stop);
    }

    /// <summary>Who sends.</summary>
    public RegistryTarget Source { get; }

    /// <summary>Reads wanted bytes, at least one; 0 at the end of the answer.</summary>
    /// <exception cref="IOException">The connection broke.</exception>
    /// <exception cref="TimeoutException">Nothing came for too long.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        using var ended = cancellationToken.CanBeCanceled
            ? cancellationToken.UnsafeRegister(static stall => ((CancellationTokenSource)stall!).Cancel(), _stall)
            : default;
        try
        {
            while (true)
            {
                _stall.CancelAfter(_limit);
                var read = await _body.ReadAsync(buffer, _stall.Token).ConfigureAwait(false);
                var passed = (int)Math.Min(_skip, read);
                if (passed == 0)
                {
                    return read;
                }

                _skip -= passed;
                if (passed < read)
                {
                    buffer[passed..read].CopyTo(buffer);
                    return read - passed;
                }
            }
        }
        finally
        {
            // Whoever reads may take his time between reads.
            _stall.CancelAfter(Timeout.InfiniteTimeSpan);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _response.Dispose();
        _stall.Dispose();
    }
}
