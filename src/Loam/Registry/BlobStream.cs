using System.Buffers;
using System.Net;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using Loam.Streams;
using Loam.Telemetry;

namespace Loam.Registry;

/// <summary>
/// A blob from one byte on, read from whichever place has it, through connections that break: reading goes on with the
/// first byte that has not come. The last bytes are given only if all of them have the blob's length and digest.
/// </summary>
internal sealed class BlobStream : ReadOnlyStream
{
    private readonly RegistryTransport _transport;
    private readonly ImageReference _reference;
    private readonly Descriptor _blob;
    private readonly IncrementalHash? _hash;
    private readonly CancellationToken _stop;
    private readonly bool _resumed;
    private readonly List<RegistryTarget> _mirrors = [];
    private BlobConnection? _connection;
    private ExceptionDispatchInfo? _failure;
    private long _position;
    private bool _verified;

    /// <param name="transport">How registries are used.</param>
    /// <param name="reference">The repository.</param>
    /// <param name="blob">The blob.</param>
    /// <param name="offset">The first byte.</param>
    /// <param name="hash">Was fed what comes before the first byte, and is disposed with the stream; null where only the length
    /// is checked.</param>
    /// <param name="stop">Ends reads.</param>
    public BlobStream(
        RegistryTransport transport, ImageReference reference, Descriptor blob, long offset, IncrementalHash? hash, CancellationToken stop)
    {
        (_transport, _reference, _blob, _hash, _stop) = (transport, reference, blob, hash, stop);
        (_position, _resumed) = (offset, offset > 0);
    }

    private string What => $"{_reference}: blob {_blob.Digest}";

    /// <summary>Asks for the blob, so that it is known whether there is one; reading asks by itself.</summary>
    /// <exception cref="LoamException">No place has it, or can be reached.</exception>
    public async Task ConnectAsync(CancellationToken cancellationToken)
    {
        if (_position < _blob.Size)
        {
            _connection ??= await _transport.Retries.RunAsync(OpenAsync, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="LoamException">No place gives the blob any more, or what they gave is not the blob.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _failure?.Throw();
        if (buffer.IsEmpty)
        {
            return 0;
        }

        if (_position == _blob.Size)
        {
            Verify();
            return 0;
        }

        Exception? broken = null;
        if (_connection is not null)
        {
            try
            {
                return await ReadOnceAsync(buffer, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (RetryPolicy.MayPass(e))
            {
                Disconnect();
                broken = e;
            }
        }

        return await RecoverAsync(buffer, broken, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        var shared = ArrayPool<byte>.Shared.Rent(buffer.Length);
        try
        {
            var wanted = shared.AsMemory(0, buffer.Length);
#pragma warning disable VSTHRD002 // On a thread of the pool, which waits for nothing of the caller's.
            var read = Task.Run(async () => await ReadAsync(wanted).ConfigureAwait(false)).GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
            wanted.Span[..read].CopyTo(buffer);
            return read;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(shared);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Disconnect();
            _hash?.Dispose();
        }

        base.Dispose(disposing);
    }

    private async Task<int> RecoverAsync(Memory<byte> buffer, Exception? broken, CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stop);
        try
        {
            return await _transport.Retries.RunAsync(token => ReadAnewAsync(buffer, token), ended.Token, broken).ConfigureAwait(false);
        }
        catch (Exception e) when (!ended.IsCancellationRequested && RegistryHttp.Translate(e, _reference.Registry) is { } translated)
        {
            throw translated;
        }
    }

    /// <summary>One try: asks for what has not come, and reads something of it.</summary>
    private async ValueTask<int> ReadAnewAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (true)
        {
            var connection = _connection ??= await OpenAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                return await ReadOnceAsync(buffer, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (RetryPolicy.MayPass(e))
            {
                Disconnect();
                if (!connection.Source.Location.IsMirror)
                {
                    throw;
                }

                // The next place gets all the tries.
                _transport.Places.PassOver(connection.Source);
            }
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReadOnceAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        int read;
        try
        {
            read = await _connection!.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested && !_stop.IsCancellationRequested)
        {
            throw new TimeoutException($"{_reference.Registry} stopped sending", e);
        }

        if (read == 0)
        {
            throw new IOException($"the connection ended after {_position} of {_blob.Size} bytes");
        }

        if (read > _blob.Size - _position)
        {
            throw TooLong();
        }

        Instruments.ReceivedBytes.Add(read, Instruments.Server(_connection.Source.Api.Authority));
        _hash?.AppendData(buffer.Span[..read]);
        if (_position + read == _blob.Size)
        {
            await FinishAsync(cancellationToken).ConfigureAwait(false);
        }

        _position += read;
        return read;
    }

    /// <summary>All bytes have come: nothing may follow, and they must have the digest.</summary>
    private async Task FinishAsync(CancellationToken cancellationToken)
    {
        var more = 0;
        try
        {
            more = await _connection!.ReadAsync(new byte[1], cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && !_stop.IsCancellationRequested
            && RegistryHttp.Translate(e, _reference.Registry) is not null)
        {
            // A connection that breaks now has done all it was for.
        }

        if (more > 0)
        {
            throw TooLong();
        }

        Disconnect();
        Verify();
    }

    private void Verify()
    {
        if (!_verified && _hash is not null && !_blob.Digest.Matches(_hash, out var found))
        {
            throw Fail(Mismatch(ErrorCodes.DigestMismatch, $"{What} arrived with other content ({found})"));
        }

        _verified = true;
    }

    /// <summary>Asks for what has not come: mirrors first, the registry itself last.</summary>
    private async ValueTask<BlobConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var asked = _reference.WithDigest(_blob.Digest);
        var connection = await _transport.Places.AskAsync(asked, target => OpenAsync(target, cancellationToken)).ConfigureAwait(false);
        if (connection.Source.Location.IsMirror && !_mirrors.Contains(connection.Source))
        {
            _mirrors.Add(connection.Source);
        }

        return connection;
    }

    private async Task<BlobConnection> OpenAsync(RegistryTarget target, CancellationToken cancellationToken)
    {
        var request = new RegistryRequest(target, HttpMethod.Get, target.Address($"blobs/{_blob.Digest}"), target.Scope("pull"))
        {
            From = _position,
            Retry = false,
        };
        var response = await _transport.Sender.SendAsync(request, cancellationToken).ConfigureAwait(false);
        try
        {
            var isRest = response.StatusCode == HttpStatusCode.PartialContent && response.Content.Headers.ContentRange?.From == _position;
            if (response.StatusCode != HttpStatusCode.OK && !isRest)
            {
                throw await RegistryFailure.FromAsync(response, ErrorCodes.BlobUnknown, What, cancellationToken).ConfigureAwait(false);
            }

            var due = isRest ? _blob.Size - _position : _blob.Size;
            if (response.Content.Headers.ContentLength is { } length && length != due)
            {
                throw Mismatch(ErrorCodes.SizeMismatch, $"{What} has {length + _blob.Size - due} bytes in the registry; the manifest says {_blob.Size}");
            }

            var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            return new BlobConnection(response, body, target, _position, _transport.Options.StallTimeout, _stop);
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    private void Disconnect()
    {
        _connection?.Dispose();
        _connection = null;
    }

    private LoamException TooLong() => Fail(Mismatch(ErrorCodes.SizeMismatch, $"{What} has more than its {_blob.Size} bytes"));

    /// <summary>After wrong bytes there is nothing to read.</summary>
    private LoamException Fail(LoamException failure)
    {
        Disconnect();
        _failure = ExceptionDispatchInfo.Capture(failure);
        return failure;
    }

    /// <summary>Wrong content; mirrors that had part in it are asked no more.</summary>
    private LoamException Mismatch(ErrorCode code, string message)
    {
        _mirrors.ForEach(_transport.Places.PassOver);
        return new LoamException(code, message)
        {
            Details = new Dictionary<string, string>(StringComparer.Ordinal) { ["layer"] = _blob.Digest.ToString() },
            AgainMayHelp = _resumed || _mirrors.Count > 0,
        };
    }
}
