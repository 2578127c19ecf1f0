using Loam.Filesystems.Blocks;
using Loam.Filesystems.Host;
using Microsoft.Win32.SafeHandles;

namespace Loam.Filesystems;

/// <summary>The file that becomes a disk: written in whole blocks, neighbouring writes gathered, holes kept.</summary>
public sealed class DiskFile : IDisposable
{
    /// <summary>Bytes in a block.</summary>
    public const int BlockSize = 4096;

    private const int GatherBytes = 1 << 20;
    private const int GatherBlocks = GatherBytes / BlockSize;

    private readonly SafeFileHandle _handle;
    private readonly WriteBehind _writes;
    private byte[] _gather;
    private long _gatheredStart;
    private int _gatheredLength;

    private DiskFile(string path, SafeFileHandle handle)
    {
        Path = path;
        _handle = handle;
        _writes = new WriteBehind(GatherBytes, WriteThrough);
        _gather = _writes.Take();
    }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>How many bytes were written so far, holes not counted.</summary>
    public long BytesWritten { get; private set; }

    /// <summary>The open file.</summary>
    internal SafeFileHandle Handle => _handle;

    /// <summary>Makes a new file; one must not be there.</summary>
    public static DiskFile Create(string path) =>
        new(path, File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite));

    /// <summary>Writes whole blocks.</summary>
    /// <param name="block">The first block's number.</param>
    /// <param name="data">A whole number of blocks.</param>
    public void Write(long block, ReadOnlySpan<byte> data)
    {
        if (data.Length % BlockSize != 0)
        {
            throw new ArgumentException("whole blocks only", nameof(data));
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
    public void Read(long offset, Span<byte> buffer)
    {
        Flush();
        while (!buffer.IsEmpty)
        {
            var read = RandomAccess.Read(_handle, buffer, offset);
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
    /// <exception cref="ArgumentException">The content does not stand on a disk.</exception>
    public SparseStream OpenContent(RegularFileNode file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return new BlockContentStream(BlockContent.Of(file.Content), BlockSize, (block, skip, buffer) => Read(block * BlockSize + skip, buffer));
    }

    /// <summary>The first byte from one on that is not in a hole; <see cref="long.MaxValue"/> where only a hole is left.</summary>
    public long NextData(long offset)
    {
        Flush();
        return Libc.NextData(_handle, offset);
    }

    /// <summary>Turns blocks into a hole: they read as zeros and take no space where the host can do that.</summary>
    public void Punch(BlockRange range)
    {
        Flush();
        Libc.PunchHole(_handle, range.Start * BlockSize, range.Count * BlockSize);
    }

    /// <summary>Sets the file's length; what lies beyond its present end becomes a hole.</summary>
    public void SetLength(long bytes)
    {
        Flush();
        RandomAccess.SetLength(_handle, bytes);
    }

    /// <summary>Hands everything to the operating system and waits until it is on stable storage.</summary>
    public void Sync()
    {
        Flush();
        RandomAccess.FlushToDisk(_handle);
    }

    /// <summary>Hands everything to the operating system.</summary>
    public void Flush()
    {
        FlushGathered();
        _writes.Drain(held: 1);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _handle.Dispose();
    }

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
        RandomAccess.Write(_handle, data, offset);
    }
}
