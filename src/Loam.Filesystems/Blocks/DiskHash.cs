using System.Security.Cryptography;

namespace Loam.Filesystems;

/// <summary>The SHA-256 of a finished disk, as <c>sha256sum</c> gives it; holes count as the zeros they read as.</summary>
public static class DiskHash
{
    private const int ChunkBytes = 1 << 20;

    /// <summary>Hashes the first <paramref name="length"/> bytes of a disk.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="length">How many bytes.</param>
    /// <param name="progress">Told how many bytes are done.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>64 hexadecimal digits.</returns>
    public static string Compute(DiskFile disk, long length, Action<long>? progress, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = GC.AllocateUninitializedArray<byte>(ChunkBytes);
        var zeros = new byte[ChunkBytes];
        for (var done = 0L; done < length;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var count = (int)Math.Min(ChunkBytes, length - done);
            var isHole = disk.NextData(done) >= done + count;
            if (!isHole)
            {
                disk.Read(done, buffer.AsSpan(0, count));
            }

            hash.AppendData(isHole ? zeros : buffer, 0, count);
            done += count;
            progress?.Invoke(done);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
