using Loam.Filesystems.Blocks;
using Microsoft.Win32.SafeHandles;

namespace Loam.Filesystems;

/// <summary>The file that becomes a disk: written in whole blocks, neighbouring writes gathered, holes kept. It is written from one
/// thread at a time. A failure of the host may be thrown by a later call, at the latest by <see cref="Flush"/>.</summary>
public sealed class DiskFile : IDisposable
{
    /// <summary>Bytes in a block.</summary>
    public const int BlockSize = 4096;

    private const int GatherBytes = 1 << 20;
    private const int GatherBlocks = GatherBytes / BlockSize;

    private readonly DiskStorage _storage;
    private readonly WriteBehind _writes;
    private byte[] _gather;
    private long _gatheredStart;
    private int _gatheredLength;

    private DiskFile(DiskStorage storage)
    {
        _storage = storage;
        _writes = new WriteBehind(GatherBytes, WriteThrough);
        _gather = _writes.Take();
    }

    /// <summary>How many bytes were written so far, holes not counted.</summary>
    public long BytesWritten { get; private set; }

    /// <summary>Where its bytes are kept.</summary>
    internal DiskStorage Storage => _storage;

    /// <summary>Makes a new file.</summary>
    /// <param name="path">The file; it must not exist.</param>
    /// <returns>The disk, empty.</returns>
    /// <exception cref="IOException">The file already exists, or cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be made.</exception>
    public static DiskFile Create(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new DiskFile(DiskStorage.Of(File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite), leaveOpen: false));
    }

    /// <summary>Makes an open file a disk.</summary>
    /// <param name="file">An empty regular file, open for reading and writing.</param>
    /// <param name="leaveOpen">Whether it stays open when the disk is closed.</param>
    /// <returns>The disk, empty.</returns>
    /// <exception cref="ArgumentException">The file is not empty: existing content would show in holes.</exception>
    /// <exception cref="IOException">The file cannot be used.</exception>
    public static DiskFile Create(SafeFileHandle file, bool leaveOpen = false) => Create(DiskStorage.Of(file, leaveOpen), nameof(file));

    /// <summary>Makes a stream a disk. A file's stream keeps holes; any other gets zeros in their place.</summary>
    /// <example>
    /// <code>
    /// using var memory = new MemoryStream();
    /// using (var disk = DiskFile.Create(memory, leaveOpen: true))
    /// {
    ///     new Ext4Writer(disk, new Ext4Options { MinimumFreeBytes = 1 &lt;&lt; 20 }).Finish(new FileTree());
    /// }
    ///
    /// using var reader = Ext4Reader.Open(memory);
    /// Console.WriteLine(reader.Uuid);
    /// </code>
    /// </example>
    /// <param name="stream">An empty stream that can be read, written and sought.</param>
    /// <param name="leaveOpen">Whether it stays open when the disk is closed.</param>
    /// <returns>The disk, empty.</returns>
    /// <exception cref="ArgumentException">The stream is not empty, or cannot do what is needed.</exception>
    /// <exception cref="IOException">The stream cannot be used.</exception>
    public static DiskFile Create(Stream stream, bool leaveOpen = false)
    {
        var storage = DiskStorage.Of(stream, leaveOpen);
        return stream.CanWrite ? Create(storage, nameof(stream)) : throw new ArgumentException("the stream cannot be written", nameof(stream));
    }

    /// <summary>Writes whole blocks.</summary>
    /// <param name="block">The first block's number.</param>
    /// <param name="data">A whole number of blocks.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="block"/> is negative.</exception>
    /// <exception cref="ArgumentException">The data is not a whole number of blocks.</exception>
    /// <exception cref="IOException">An earlier write failed.</exception>
    public void Write(long block, ReadOnlySpan<byte> data)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(block);
        if (data.Length % BlockSize != 0)
        {
            throw new ArgumentException("only whole blocks can be written", nameof(data));
        }

        if (_gatheredLength > 0 && block != _gatheredStart + _gatheredLength / BlockSize)
        {
            FlushGathered();
        }

        if (_gatheredLength == 0)
        {
            _gatheredStart = block;
        }

        while (!data.IsEmpty)
        {
            var take = Math.Min(data.Length, GatherBytes - _gatheredLength);
            data[..take].CopyTo(_gather.AsSpan(_gatheredLength));
            _gatheredLength += take;
            data = data[take..];
            if (_gatheredLength == GatherBytes)
            {
                FlushGathered();
                _gatheredStart += GatherBlocks;
            }
        }
    }

    /// <summary>Reads bytes back; what was never written reads as zeros.</summary>
    /// <param name="offset">The first byte's place on the disk.</param>
    /// <param name="buffer">What is filled.</param>
    /// <exception cref="IOException">The file cannot be read, or an earlier write failed.</exception>
    public void Read(long offset, Span<byte> buffer)
    {
        Flush();
        while (!buffer.IsEmpty)
        {
            var read = _storage.Read(offset, buffer);
            if (read == 0)
            {
                buffer.Clear();
                return;
            }

            offset += read;
            buffer = buffer[read..];
        }
    }

    /// <summary>Opens the content of a file that was written to this disk.</summary>
    /// <param name="file">The file.</param>
    /// <returns>Its content; it ends with the disk.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="file"/> is null.</exception>
    /// <exception cref="ArgumentException">The content is not on a disk.</exception>
    public SparseStream OpenContent(RegularFileNode file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return new BlockContentStream(BlockContent.Of(file.Content), BlockSize, (block, skip, buffer) => Read(block * BlockSize + skip, buffer));
    }

    /// <summary>The first byte from one on that is not in a hole.</summary>
    /// <param name="offset">Where to begin.</param>
    /// <returns><see cref="long.MaxValue"/> where only a hole is left.</returns>
    /// <exception cref="IOException">An earlier write failed.</exception>
    public long NextData(long offset)
    {
        Flush();
        return _storage.NextData(offset);
    }

    /// <summary>Turns blocks into a hole: they read as zeros and take no space where the host can do that.</summary>
    /// <param name="range">The blocks.</param>
    /// <exception cref="IOException">The file cannot be written, or an earlier write failed.</exception>
    public void Punch(BlockRange range)
    {
        Flush();
        _storage.Punch(range.Start * BlockSize, range.Count * BlockSize);
    }

    /// <summary>Sets the file's length; what lies beyond its present end becomes a hole.</summary>
    /// <param name="bytes">The length.</param>
    /// <exception cref="IOException">The file cannot be written, or an earlier write failed.</exception>
    public void SetLength(long bytes)
    {
        Flush();
        _storage.SetLength(bytes);
    }

    /// <summary>Hands everything to the operating system and waits until it is on stable storage.</summary>
    /// <exception cref="IOException">The file cannot be written, or an earlier write failed.</exception>
    public void Sync()
    {
        Flush();
        _storage.Sync();
    }

    /// <summary>Hands everything to the operating system.</summary>
    /// <exception cref="IOException">A write failed.</exception>
    public void Flush()
    {
        FlushGathered();
        _writes.Drain(held: 1);
    }

    /// <summary>Hands what is left to the operating system, and closes the file.</summary>
    /// <exception cref="IOException">A write failed.</exception>
    public void Dispose()
    {
        try
        {
            Flush();
        }
        finally
        {
            _storage.Dispose();
        }
    }

    private static DiskFile Create(DiskStorage storage, string parameter) =>
        storage.Length == 0
            ? new DiskFile(storage)
            : throw new ArgumentException("a new disk needs an empty file: existing content would show in holes", parameter);

    private void FlushGathered()
    {
        if (_gatheredLength > 0)
        {
            _writes.Send(_gather, _gatheredLength, _gatheredStart * BlockSize);
            _gatheredLength = 0;
            _gather = _writes.Take();
        }
    }

    private void WriteThrough(long offset, ReadOnlySpan<byte> data)
    {
        BytesWritten += data.Length;
        _storage.Write(offset, data);
    }
}
