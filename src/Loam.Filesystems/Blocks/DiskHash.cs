using System.Security.Cryptography;

namespace Loam.Filesystems;

/// <summary>The SHA-256 of a finished disk, as <c>sha256sum</c> gives it; holes count as the zeros they read as.</summary>
public static class DiskHash
{
    private const int ChunkBytes = 1 << 20;

    /// <summary>How many chunks are asked for before they are needed.</summary>
    private const int ChunksAhead = 4;

    /// <summary>Hashes the first <paramref name="length"/> bytes of a disk, reading some chunks ahead.</summary>
    /// <param name="disk">The disk; all its writes have been handed to the system.</param>
    /// <param name="length">How many bytes, in whole blocks.</param>
    /// <param name="progress">Told how many bytes are done.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>64 hexadecimal digits.</returns>
    public static async Task<string> ComputeAsync(DiskFile disk, long length, Action<long>? progress, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        disk.Flush();
        var reads = new Queue<(AlignedBuffer Buffer, Task<int> Read)>();
        var asked = 0L;
        for (var i = 0; i < ChunksAhead; i++)
        {
            Ask(new AlignedBuffer(ChunkBytes));
        }

        for (var done = 0L; done < length;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (buffer, read) = reads.Dequeue();
            var count = await read.ConfigureAwait(false);
            hash.AppendData(buffer.Span[..count]);
            Ask(buffer);
            done += count;
            progress?.Invoke(done);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    
        void Ask(AlignedBuffer buffer)
        {
            var (offset, count) = (asked, (int)Math.Min(ChunkBytes, length - asked));
            asked += count;
            reads.Enqueue((buffer, Task.Run(
                () =>
                {
                    disk.ReadDirect(offset, buffer.Span[..count]);
                    return count;
                },
                CancellationToken.None)));
        }
    }
}
