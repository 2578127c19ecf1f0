using System.Buffers;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Loam.Registry;

/// <summary>
/// Downloads one blob into a file, from the bytes that are there already, through broken connections, to the last byte
/// and its digest. Readers can follow while it grows.
/// </summary>
internal sealed class BlobDownload : IDisposable
{
    /// <summary>The detail that says whether trying again may help: bytes of an earlier download or of a mirror had part in a
    /// failure, and will have none in the next.</summary>
    public const string AgainDetail = "again";

    private const int BufferBytes = 256 << 10;

    private readonly RegistryClient _client;
    private readonly RegistryOptions _options;
    private readonly ImageReference _reference;
    private readonly Descriptor _blob;
    private readonly string _path;
    private readonly Action<long> _progress;
    private readonly SafeFileHandle _file;
    private readonly GrowingFile _growth;
    private readonly IncrementalHash _hash;
    private long _done;
    private readonly List<RegistryTarget> _mirrors = [];
    private RegistryTarget? _source;
    private bool _resumed;

    public BlobDownload(
        RegistryClient client, RegistryOptions options, ImageReference reference, Descriptor blob, string path, Action<long> progress)
    {
        _client = client;
        _options = options;
        _reference = reference;
        _blob = blob;
        _path = path;
        _progress = progress;
        _file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        _growth = new GrowingFile(path, blob.Size);
        _hash = blob.Digest.CreateHash();
    }

    /// <summary>Opens the blob from its first byte; reads wait for what has not arrived.</summary>
    public Stream OpenRead() => _growth.OpenRead();

    /// <summary>Runs until the file is whole and has the blob's digest.</summary>
    /// <exception cref="LoamException">The registry cannot give the blob; what came stays in the file unless it is wrong.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Task.Run(() => TakeOver(cancellationToken), cancellationToken).ConfigureAwait(false);
            await FetchAsync(cancellationToken).ConfigureAwait(false);
            Verify();
        }
        catch (Exception e)
        {
            _growth.Fail(e);
            if (e is LoamException { Code: var code } && code == ErrorCodes.DigestMismatch)
            {
                // Nobody can go on with wrong bytes.
                File.Delete(_path);
            }

            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Dispose();
        _hash.Dispose();
    }

    /// <summary>Hashes what an earlier download left, so that it can be gone on with.</summary>
    private void TakeOver(CancellationToken cancellationToken)
    {
        var length = RandomAccess.GetLength(_file);
        if (length > _blob.Size)
        {
            RandomAccess.SetLength(_file, 0);
            return;
        }

        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            int read;
            while ((read = RandomAccess.Read(_file, buffer, _done)) > 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Advance(buffer.AsSpan(0, read));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        _resumed = _done > 0;
    }

    private async Task FetchAsync(CancellationToken cancellationToken)
    {
        var fruitless = 0;
        while (_done < _blob.Size)
        {
            var before = _done;
            try
            {
                await ReceiveAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested
                && e is not LoamException && RegistryHttp.Translate(e, _reference.Registry) is { } translated)
            {
                if (_done == before && _source is { Location.IsMirror: true } mirror)
                {
                    // The next place gets all the tries.
                    _client.PassOver(mirror);
                    continue;
                }

                fruitless = _done > before ? 0 : fruitless + 1;
                if (fruitless > _options.Retries)
                {
                    throw translated;
                }

                await Task.Delay(_options.RetryDelay * Math.Pow(2, fruitless), cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Receives from the first byte that is missing until the end, or until the connection breaks.</summary>
    private async Task ReceiveAsync(CancellationToken cancellationToken)
    {
        var (response, source) = await _client.OpenBlobAsync(_reference, _blob, _done, cancellationToken).ConfigureAwait(false);
        using var opened = response;
        _source = source;
        if (source.Location.IsMirror && !_mirrors.Contains(source))
        {
            _mirrors.Add(source);
        }

        // A registry that knows no ranges sends everything again; what is here already is passed over.
        var skip = response.StatusCode == System.Net.HttpStatusCode.OK ? _done : 0;
        CheckLength(response, skip);
        using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var body = await response.Content.ReadAsStreamAsync(stall.Token).ConfigureAwait(false);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            while (true)
            {
                stall.CancelAfter(_options.StallTimeout);
                var read = await body.ReadAsync(buffer, stall.Token).ConfigureAwait(false);
                if (read == 0)
                {
                    break;
                }

                var passed = (int)Math.Min(skip, read);
                skip -= passed;
                Keep(buffer.AsSpan(passed, read - passed));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        if (_done < _blob.Size)
        {
            throw new IOException($"the connection ended after {_done} of {_blob.Size} bytes");
        }
    }

    private void CheckLength(HttpResponseMessage response, long skip)
    {
        if (response.Content.Headers.ContentLength is { } length && length != _blob.Size - _done + skip)
        {
            throw Mismatch(ErrorCodes.SizeMismatch, $"{_reference}: the registry has {length + _done - skip} bytes for blob {_blob.Digest}; the manifest says {_blob.Size}");
        }
    }

    private void Keep(ReadOnlySpan<byte> data)
    {
        if (_done + data.Length > _blob.Size)
        {
            RandomAccess.SetLength(_file, 0);
            throw Mismatch(ErrorCodes.SizeMismatch, $"{_reference}: blob {_blob.Digest} has more than its {_blob.Size} bytes");
        }

        try
        {
            RandomAccess.Write(_file, data, _done);
        }
        catch (IOException e)
        {
            // Ours, not the network's: asking again would not help.
            throw IoFailure.Translate(e, folder: null);
        }

        Advance(data);
    }

    private void Advance(ReadOnlySpan<byte> data)
    {
        _hash.AppendData(data);
        _done += data.Length;
        _growth.Advance(_done);
        _progress(_done);
    }

    private void Verify()
    {
        if (!_blob.Digest.Matches(_hash, out var found))
        {
            throw Mismatch(ErrorCodes.DigestMismatch, $"{_reference}: blob {_blob.Digest} came with other content ({found})");
        }
    }

    /// <summary>Wrong content; mirrors that had part in it are asked no more.</summary>
    private LoamException Mismatch(ErrorCode code, string message)
    {
        _mirrors.ForEach(_client.PassOver);
        return new LoamException(code, message)
        {
            Details = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["layer"] = _blob.Digest.ToString(),
                [AgainDetail] = _resumed || _mirrors.Count > 0 ? "true" : "false",
            },
        };
    }
}
