using Loam.Filesystems.Host;
using Microsoft.Win32.SafeHandles;

namespace Loam.Filesystems;

/// <summary>A copy of a disk that takes no more space than it must.</summary>
/// <param name="Shared">Whether the host shares the blocks of both files until one of them is written.</param>
/// <param name="BytesCopied">Bytes that were copied; 0 where the blocks are shared.</param>
public readonly record struct DiskCopy(bool Shared, long BytesCopied)
{
    private const int ChunkBytes = 8 << 20;

    /// <summary>Copies a disk to a new file: with shared blocks where the host's file system can (ioctl_ficlone(2)),
    /// else its data and none of its holes (lseek(2), copy_file_range(2)).</summary>
    /// <param name="source">The disk.</param>
    /// <param name="target">The new file; it must not exist.</param>
    /// <param name="progress">Receives the number of bytes copied so far; is not called where blocks are shared. Null for none.</param>
    /// <param name="cancellationToken">Cancels the call; nothing is left behind.</param>
    /// <returns>How it was made.</returns>
    /// <exception cref="IOException">A file cannot be read or written.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read or written.</exception>
    public static DiskCopy Make(string source, string target, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(source);
        ArgumentException.ThrowIfNullOrEmpty(target);
        using var from = File.OpenHandle(source, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var to = File.OpenHandle(target, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite);
        try
        {
            var shared = Libc.TryClone(from, to);
            var copied = shared ? 0 : CopyData(from, to, progress, cancellationToken);
            RandomAccess.FlushToDisk(to);
            return new DiskCopy(shared, copied);
        }
        catch
        {
            File.Delete(target);
            throw;
        }
    }

    /// <summary>How many bytes of a disk are not in holes.</summary>
    /// <param name="path">The disk.</param>
    /// <returns>Bytes.</returns>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static long StoredBytes(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var (length, stored) = (RandomAccess.GetLength(file), 0L);
        for (var offset = Libc.NextData(file, 0); offset < length; offset = Libc.NextData(file, offset))
        {
            var end = Math.Min(length, Libc.NextHole(file, offset));
            stored += end - offset;
            offset = end;
        }

        return stored;
    }

    private static long CopyData(SafeFileHandle from, SafeFileHandle to, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        var length = RandomAccess.GetLength(from);
        RandomAccess.SetLength(to, length);
        var copied = 0L;
        for (var offset = Libc.NextData(from, 0); offset < length; offset = Libc.NextData(from, offset))
        {
            for (var end = Math.Min(length, Libc.NextHole(from, offset)); offset < end;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var count = Libc.CopyRange(from, to, offset, Math.Min(ChunkBytes, end - offset));
                offset += count;
                copied += count;
                progress?.Report(copied);
            }
        }

        return copied;
    }
}
