using System.Security.Cryptography;
using Loam.Filesystems.Blocks;
using Microsoft.Win32.SafeHandles;

namespace Loam.Filesystems;

/// <summary>The SHA-256 of a finished disk, as <c>sha256sum</c> gives it; holes count as the zeros they read as.</summary>
public static class DiskHash
{
    private const int ChunkBytes = 1 << 20;

    /// <summary>Hashes the first <paramref name="length"/> bytes of a disk that is being written.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="length">How many bytes; what is not there counts as zeros.</param>
    /// <param name="progress">Receives the number of bytes done so far; null for none.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>64 hexadecimal digits.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="disk"/> is null.</exception>
    /// <exception cref="IOException">The disk cannot be read, or an earlier write of it failed.</exception>
    public static Task<string> ComputeAsync(DiskFile disk, long length, Action<long>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(disk);
        disk.Flush();
        return ComputeAsync(disk.Storage, length, progress, cancellationToken);
    }

    /// <summary>Hashes the first <paramref name="length"/> bytes of a disk.</summary>
    /// <param name="disk">The disk, open for reading.</param>
    /// <param name="length">How many bytes; what is not there counts as zeros.</param>
    /// <param name="progress">Receives the number of bytes done so far; null for none.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>64 hexadecimal digits.</returns>
    /// <exception cref="IOException">The disk cannot be read.</exception>
    public static Task<string> ComputeAsync(SafeFileHandle disk, long length, Action<long>? progress = null, CancellationToken cancellationToken = default) =>
        ComputeAsync(DiskStorage.Of(disk, leaveOpen: true), length, progress, cancellationToken);

    private static async Task<string> ComputeAsync(DiskStorage disk, long length, Action<long>? progress, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (current, next) = (GC.AllocateUninitializedArray<byte>(ChunkBytes), GC.AllocateUninitializedArray<byte>(ChunkBytes));
        var reading = Task.Run(() => Read(disk, 0, length, current), cancellationToken);
        for (var done = 0L; done < length;)
        {
            var count = await reading.ConfigureAwait(false);
            var (offset, buffer) = (done + count, next);

            // The next chunk is read while this one is hashed.
            reading = Task.Run(() => Read(disk, offset, length, buffer), cancellationToken);
            hash.AppendData(current, 0, count);
            (current, next) = (next, current);
            done += count;
            progress?.Invoke(done);
        }

        await reading.ConfigureAwait(false);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static int Read(DiskStorage disk, long offset, long length, byte[] buffer)
    {
        var count = (int)Math.Min(ChunkBytes, length - offset);
        var read = 0;
        if (disk.NextData(offset) < offset + count)
        {
            int more;
            while (read < count && (more = disk.Read(offset + read, buffer.AsSpan(read, count - read))) > 0)
            {
                read += more;
            }
        }

        buffer.AsSpan(read, count - read).Clear();
        return count;
    }
}
