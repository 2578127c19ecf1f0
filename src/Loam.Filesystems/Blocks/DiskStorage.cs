using Loam.Filesystems.Host;
using Microsoft.Win32.SafeHandles;

namespace Loam.Filesystems.Blocks;

/// <summary>Where a disk's bytes are kept: a file of this host, or any stream that can be read, written and sought.</summary>
internal abstract class DiskStorage : IDisposable
{
    /// <summary>Bytes it has.</summary>
    public abstract long Length { get; }

    /// <summary>Takes a file that is to be kept open or not.</summary>
    public static DiskStorage Of(SafeFileHandle file, bool leaveOpen)
    {
        ArgumentNullException.ThrowIfNull(file);
        return new FileStorage(file, leaveOpen);
    }

    /// <summary>Takes a stream; what a file's stream stands for is used in its place.</summary>
    /// <exception cref="ArgumentException">It cannot be sought, or not be read.</exception>
    public static DiskStorage Of(Stream stream, bool leaveOpen)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanSeek || !stream.CanRead)
        {
            throw new ArgumentException("a disk must be readable at any offset", nameof(stream));
        }

        return stream is FileStream file ? new FileStorage(file.SafeFileHandle, leaveOpen, file) : new StreamStorage(stream, leaveOpen);
    }

    /// <summary>Opens a file for reading.</summary>
    public static DiskStorage Open(string path) =>
        new FileStorage(File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, FileOptions.RandomAccess), leaveOpen: false);

    /// <summary>Reads bytes; any number of threads may do so at once.</summary>
    /// <returns>How many there were; 0 at the end.</returns>
    public abstract int Read(long offset, Span<byte> buffer);

    /// <summary>Writes bytes. What lies between the end and their place reads as zeros.</summary>
    public abstract void Write(long offset, ReadOnlySpan<byte> data);

    /// <summary>Sets the length; what is new reads as zeros.</summary>
    public abstract void SetLength(long bytes);

    /// <summary>Makes bytes read as zeros, and lets them take no space where that can be.</summary>
    public abstract void Punch(long offset, long length);

    /// <summary>The first byte from one on that is not in a hole; <see cref="long.MaxValue"/> where only a hole is left.</summary>
    public abstract long NextData(long offset);

    /// <summary>Waits until everything is on stable storage, as far as it has any.</summary>
    public abstract void Sync();

    /// <inheritdoc/>
    public abstract void Dispose();
}

/// <summary>A file of this host.</summary>
internal sealed class FileStorage(SafeFileHandle file, bool leaveOpen, FileStream? owner = null) : DiskStorage
{
    public override long Length => RandomAccess.GetLength(file);

    public override int Read(long offset, Span<byte> buffer) => RandomAccess.Read(file, buffer, offset);

    public override void Write(long offset, ReadOnlySpan<byte> data) => RandomAccess.Write(file, data, offset);

    public override void SetLength(long bytes) => RandomAccess.SetLength(file, bytes);

    public override void Punch(long offset, long length) => Libc.PunchHole(file, offset, length);

    public override long NextData(long offset) => Libc.NextData(file, offset);

    public override void Sync() => RandomAccess.FlushToDisk(file);

    public override void Dispose()
    {
        if (!leaveOpen)
        {
            owner?.Dispose();
            file.Dispose();
        }
    }
}

/// <summary>A stream that knows no holes: zeros are written in their place.</summary>
internal sealed class StreamStorage(Stream stream, bool leaveOpen) : DiskStorage
{
    private static readonly byte[] Zeros = new byte[1 << 16];

    private readonly Lock _lock = new();

    public override long Length
    {
        get
        {
            lock (_lock)
            {
                return stream.Length;
            }
        }
    }

    public override int Read(long offset, Span<byte> buffer)
    {
        lock (_lock)
        {
            stream.Position = offset;
            return stream.Read(buffer);
        }
    }

    public override void Write(long offset, ReadOnlySpan<byte> data)
    {
        lock (_lock)
        {
            Extend(offset);
            stream.Position = offset;
            stream.Write(data);
        }
    }

    public override void SetLength(long bytes)
    {
        lock (_lock)
        {
            if (bytes < stream.Length)
            {
                stream.SetLength(bytes);
            }

            Extend(bytes);
        }
    }

    public override void Punch(long offset, long length)
    {
        lock (_lock)
        {
            Fill(offset, Math.Min(length, stream.Length - offset));
        }
    }

    public override long NextData(long offset) => offset < Length ? offset : long.MaxValue;

    public override void Sync()
    {
        lock (_lock)
        {
            stream.Flush();
        }
    }

    public override void Dispose()
    {
        if (!leaveOpen)
        {
            stream.Dispose();
        }
    }

    /// <summary>What a stream holds where nobody wrote is not said anywhere (<see cref="Stream.SetLength"/>).</summary>
    private void Extend(long end) => Fill(stream.Length, end - stream.Length);

    private void Fill(long offset, long length)
    {
        if (length > 0)
        {
            stream.Position = offset;
            for (; length > 0; length -= Math.Min(length, Zeros.Length))
            {
                stream.Write(Zeros.AsSpan(0, (int)Math.Min(length, Zeros.Length)));
            }
        }
    }
}
