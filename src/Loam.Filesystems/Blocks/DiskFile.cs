using Microsoft.Win32.SafeHandles;

namespace Loam.Filesystems;

/// <summary>The file that becomes a disk: written in whole blocks, neighbouring writes gathered, holes kept. Large writes
/// go past the page cache where the host can do that: a disk is larger than what anybody will read of it soon.</summary>
public sealed class DiskFile : IDisposable
{
    /// <summary>Bytes in a block.</summary>
    public const int BlockSize = 4096;

    private const int GatherBytes = 1 << 20;
    private const int GatherBlocks = GatherBytes / BlockSize;

    /// <summary>Smaller writes wait less when the page cache takes them.</summary>
    private const int DirectBytes = 64 << 10;

    private readonly SafeFileHandle _handle;
    private readonly WriteBehind _writes;
    private AlignedBuffer _gather;
    private SafeFileHandle? _direct;
    private long _gatheredStart;
    private int _gatheredLength;

    private DiskFile(string path, SafeFileHandle handle)
    {
        Path = path;
        _handle = handle;
        _direct = Libc.TryOpenDirect(path);
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
            data[..take].CopyTo(_gather.Span[_gatheredLength..]);
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
        ReadFrom(_handle, offset, buffer);
    }

    /// <summary>Reads past the page cache where the host can do that; the offset and the buffer are aligned to blocks.</summary>
    internal void ReadDirect(long offset, Span<byte> buffer)
    {
        try
        {
            ReadFrom(_direct ?? _handle, offset, buffer);
        }
        catch (IOException) when (_direct is not null)
        {
            GiveUpDirect();
            ReadFrom(_handle, offset, buffer);
        }
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
        _direct?.Dispose();
        _handle.Dispose();
    }

    private static void ReadFrom(SafeFileHandle handle, long offset, Span<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            var read = RandomAccess.Read(handle, buffer, offset);
            if (read == 0)
            {
                buffer.Clear();
                return;
            }

            offset += read;
            buffer = buffer[read..];
        }
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
        if (_direct is not null && data.Length >= DirectBytes)
        {
            try
            {
                RandomAccess.Write(_direct, data, offset);
                return;
            }
            catch (IOException)
            {
                // Some hosts take the flag and refuse the writes; if the disk is full, the next line says so.
                GiveUpDirect();
            }
        }

        RandomAccess.Write(_handle, data, offset);
    }

    private void GiveUpDirect()
    {
        _direct?.Dispose();
        _direct = null;
    }
}
