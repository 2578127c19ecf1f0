using System.Security.Cryptography;
using Loam.Filesystems;

namespace Loam;

/// <summary>The SHA-256 of a finished disk, as <c>sha256sum</c> gives it; holes count as the zeros they read as.</summary>
internal static class DiskHash
{
    private const int ChunkBytes = 1 << 20;

    /// <summary>Hashes the first <paramref name="length"/> bytes of a disk.</summary>
    public static string Compute(DiskFile disk, long length, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = GC.AllocateUninitializedArray<byte>(ChunkBytes);
        for (var done = 0L; done < length;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var chunk = buffer.AsSpan(0, (int)Math.Min(buffer.Length, length - done));
            disk.Read(done, chunk);
            hash.AppendData(chunk);
            done += chunk.Length;
            progress?.Report(new WorkProgress(WorkPhase.Hash, -1, default, done, length));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
