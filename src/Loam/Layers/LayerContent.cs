using System.Security.Cryptography;

namespace Loam.Layers;

/// <summary>The uncompressed bytes of a layer, without a look at what they hold.</summary>
internal static class LayerContent
{
    private const int ChunkBytes = 256 << 10;

    /// <summary>The digest of a layer's uncompressed bytes.</summary>
    /// <param name="uncompressed">The bytes; read to their end and disposed.</param>
    /// <param name="like">Says which algorithm is wanted; null for SHA-256.</param>
    /// <param name="cancellationToken">Cancels the call, between two reads.</param>
    /// <exception cref="LoamException">What reading a layer ends in; <see cref="ErrorCodes.LayerTooLarge"/>.</exception>
    public static Digest DigestOf(Stream uncompressed, Digest? like, CancellationToken cancellationToken)
    {
        using var hash = like?.CreateHash() ?? IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Read(uncompressed, chunk => hash.AppendData(chunk), cancellationToken);
        return Digest.Finish(hash);
    }

    /// <summary>How many bytes a layer has uncompressed.</summary>
    /// <param name="uncompressed">The bytes; read to their end and disposed.</param>
    /// <param name="cancellationToken">Cancels the call, between two reads.</param>
    /// <exception cref="LoamException">What reading a layer ends in; <see cref="ErrorCodes.LayerTooLarge"/>.</exception>
    public static long LengthOf(Stream uncompressed, CancellationToken cancellationToken)
    {
        var length = 0L;
        Read(uncompressed, chunk => length += chunk.Length, cancellationToken);
        return length;
    }

    private static void Read(Stream uncompressed, Action<ReadOnlySpan<byte>> use, CancellationToken cancellationToken)
    {
        using var content = uncompressed;
        var most = new LayerLimits().MaximumUncompressedBytes;
        var left = most;
        var buffer = GC.AllocateUninitializedArray<byte>(ChunkBytes);
        int read;
        while ((read = content.Read(buffer)) > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            left -= read;
            if (left < 0)
            {
                throw new LoamException(ErrorCodes.LayerTooLarge, $"a layer has more than {most} bytes uncompressed");
            }

            use(buffer.AsSpan(0, read));
        }
    }
}
