using Microsoft.Win32.SafeHandles;

namespace Loam.Filesystems;

/// <summary>The file that becomes a disk: written in whole blocks, neighbouring writes gathered, holes kept.</summary>
public sealed class DiskFile : IDisposable
{
    /// <summary>Bytes in a block.</summary>
    public const int BlockSize = 4096;

    private const int GatherBlocks = 256;

    private readonly SafeFileHandle _handle;
    private readonly byte[] _gathered = GC.AllocateUninitializedArray<byte>(GatherBlocks * BlockSize, pinned: true);
    private long _gatheredStart;
    private int _gatheredLength;

    private DiskFile(string path, SafeFileHandle handle)
    {
        Path = path;
        _handle = handle;
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
            if (_gatheredLength == 0 && data.Length >= _gathered.Length)
            {
                WriteThrough(_gatheredStart, data[.._gathered.Length]);
                _gatheredStart += GatherBlocks;
                data = data[_gathered.Length..];
                continue;
            }

            var take = Math.Min(data.Length, _gathered.Length - _gatheredLength);
            data[..take].CopyTo(_gathered.AsSpan(_gatheredLength));
            _gatheredLength += take;
            data = data[take..];
            if (_gatheredLength == _gathered.Length)
            {
                FlushGathered();
                _gatheredStart += GatherBlocks;
            }
        }
    }

    /// <summary>Reads bytes back; what was never written reads as zeros.</summary>
    public void Read(long offset, Span<byte> buffer)
    {
        FlushGathered();
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

    /// <summary>Turns blocks into a hole: they read as zeros and take no space where the host can do that.</summary>
    public void Punch(BlockRange range)
    {
        FlushGathered();
        Libc.PunchHole(_handle, range.Start * BlockSize, range.Count * BlockSize);
    }

    /// <summary>Sets the file's length; what lies beyond its present end becomes a hole.</summary>
    public void SetLength(long bytes)
    {
        FlushGathered();
        RandomAccess.SetLength(_handle, bytes);
    }

    /// <summary>Hands everything to the operating system and waits until it is on stable storage.</summary>
    public void Sync()
    {
        FlushGathered();
        RandomAccess.FlushToDisk(_handle);
    }

    /// <summary>Hands everything to the operating system.</summary>
    public void Flush() => FlushGathered();

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    private void FlushGathered()
    {
        if (_gatheredLength > 0)
        {
            WriteThrough(_gatheredStart, _gathered.AsSpan(0, _gatheredLength));
            _gatheredLength = 0;
        }
    }

    private void WriteThrough(long block, ReadOnlySpan<byte> data)
    {
        RandomAccess.Write(_handle, data, block * BlockSize);
        BytesWritten += data.Length;
    }
}
