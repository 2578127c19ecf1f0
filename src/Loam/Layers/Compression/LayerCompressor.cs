using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using Loam.Streams;

namespace Loam.Layers;

/// <summary>
/// Compresses a layer on all processors while it is being written, and hashes what goes in and what comes out. The layer
/// is cut into blocks of a fixed length, each compressed on its own, so the bytes do not depend on how many work on it.
/// A bounded number of blocks is in memory.
/// </summary>
internal sealed class LayerCompressor : WriteOnlyStream
{
    private const int BlockBytes = 512 << 10;
    private const int MaximumWorkers = 4;
    private const int HardLevel = 9;
    private const int HardWorkers = 2;

    private readonly Stream _output;
    private readonly bool _gzip;
    private readonly CancellationToken _cancellationToken;
    private readonly IncrementalHash _content = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly IncrementalHash _blob = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly BlockingCollection<Block> _work = [];
    private readonly Queue<Block> _inFlight = new();
    private readonly Stack<Block> _free = new();
    private readonly Thread[] _workers;
    private Block _current;
    private int _filled;
    private uint _crc;

    /// <summary>Starts a layer.</summary>
    /// <param name="output">Where the blob goes; left open.</param>
    /// <param name="compression">How.</param>
    /// <param name="cancellationToken">Ends waiting.</param>
    public LayerCompressor(Stream output, LayerCompression compression, CancellationToken cancellationToken)
    {
        (_output, _cancellationToken) = (output, cancellationToken);
        _gzip = compression.Kind == LayerCompressionKind.Gzip;
        var workers = Math.Min(Environment.ProcessorCount, compression.Level > HardLevel ? HardWorkers : MaximumWorkers);
        for (var i = 0; i < workers + 2; i++)
        {
            _free.Push(new Block());
        }

        _current = _free.Pop();
        _workers = [.. Enumerable.Range(0, workers).Select(_ => new Thread(() => Work(compression)) { IsBackground = true, Name = "layer compressor" })];
        Array.ForEach(_workers, worker => worker.Start());
        if (_gzip)
        {
            Put(GzipBlocks.Header);
        }
    }

    /// <summary>The length of the uncompressed bytes so far.</summary>
    public long ContentLength { get; private set; }

    /// <summary>The length of the blob so far.</summary>
    public long BlobLength { get; private set; }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            _current.Input ??= GC.AllocateUninitializedArray<byte>(BlockBytes);
            var take = Math.Min(buffer.Length, BlockBytes - _filled);
            buffer[..take].CopyTo(_current.Input.AsSpan(_filled));
            _filled += take;
            buffer = buffer[take..];
            if (_filled == BlockBytes)
            {
                Submit();
            }
        }
    }

    /// <summary>Ends the layer.</summary>
    /// <returns>The digest of the uncompressed bytes and that of the blob.</returns>
    public (Digest DiffId, Digest Blob) Finish()
    {
        if (_filled > 0)
        {
            Submit();
        }

        while (_inFlight.Count > 0)
        {
            Collect();
        }

        if (_gzip)
        {
            Put(GzipBlocks.End(_crc, ContentLength));
        }

        return (Digest.Finish(_content), Digest.Finish(_blob));
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _work.CompleteAdding();
            Array.ForEach(_workers, worker => worker.Join());
            foreach (var block in _free.Concat(_inFlight).Append(_current))
            {
                block.Dispose();
            }

            _work.Dispose();
            _content.Dispose();
            _blob.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Submit()
    {
        _content.AppendData(_current.Input!, 0, _filled);
        ContentLength += _filled;
        _current.Length = _filled;
        _filled = 0;
        _inFlight.Enqueue(_current);
        _work.Add(_current, _cancellationToken);
        if (_free.Count == 0)
        {
            Collect();
        }

        _current = _free.Pop();
    }

    /// <summary>Waits for the oldest block and writes it.</summary>
    private void Collect()
    {
        var block = _inFlight.Peek();
        block.Done.Wait(_cancellationToken);
        _inFlight.Dequeue();
        _free.Push(block);
        block.Failure?.Throw();
        _crc = _gzip ? Crc32Sum.Combine(_crc, block.Crc, block.Length) : 0;
        var bytes = block.Output.GetBuffer().AsSpan(0, (int)block.Output.Length);
        Put(_gzip ? bytes[GzipBlocks.Header.Length..] : bytes);
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        _blob.AppendData(bytes);
        _output.Write(bytes);
        BlobLength += bytes.Length;
    }

    private void Work(LayerCompression compression)
    {
        BlockCompressor? compressor = null;
        try
        {
            foreach (var block in _work.GetConsumingEnumerable())
            {
                try
                {
                    compressor ??= compression.Kind == LayerCompressionKind.Gzip ? new GzipBlocks(compression.Level) : new ZstdBlocks(compression.Level);
                    block.Output.SetLength(0);
                    block.Crc = compressor.Compress(block.Input.AsSpan(0, block.Length), block.Output);
                }
#pragma warning disable CA1031 // Whatever it is, the one who waits for the block is to see it.
                catch (Exception e)
#pragma warning restore CA1031
                {
                    block.Failure = ExceptionDispatchInfo.Capture(e);
                }

                block.Done.Release();
            }
        }
        finally
        {
            compressor?.Dispose();
        }
    }

    private sealed class Block : IDisposable
    {
        public byte[]? Input { get; set; }

        public int Length { get; set; }

        public MemoryStream Output { get; } = new(BlockBytes + BlockBytes / 8);

        public uint Crc { get; set; }

        public ExceptionDispatchInfo? Failure { get; set; }

        public SemaphoreSlim Done { get; } = new(0);

        public void Dispose()
        {
            Done.Dispose();
            Output.Dispose();
        }
    }
}
