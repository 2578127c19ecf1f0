using System.Security.Cryptography;
using Loam.Layers;

namespace Loam.Archives;

/// <summary>The uncompressed bytes of a layer, without a look at what they hold.</summary>
internal static class LayerContent
{
    private const int ChunkBytes = 256 << 10;

    /// <summary>The SHA-256 of a layer's uncompressed bytes.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.LayerDamaged"/>, <see cref="ErrorCodes.UnsupportedCompression"/>.</exception>
    public static Digest DigestOf(Func<Stream> open, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        return DigestOf(open, hash, cancellationToken);
    }

    /// <summary>The digest of a layer's uncompressed bytes by the algorithm of another digest.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.LayerDamaged"/>, <see cref="ErrorCodes.UnsupportedCompression"/>.</exception>
    public static Digest DigestOf(Func<Stream> open, Digest like, CancellationToken cancellationToken)
    {
        using var hash = like.CreateHash();
        return DigestOf(open, hash, cancellationToken);
    }

    private static Digest DigestOf(Func<Stream> open, IncrementalHash hash, CancellationToken cancellationToken)
    {
        Read(open, chunk => hash.AppendData(chunk), cancellationToken);
        return Digest.Finish(hash);
    }

    /// <summary>How many bytes a layer has uncompressed.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.LayerDamaged"/>, <see cref="ErrorCodes.UnsupportedCompression"/>.</exception>
    public static long LengthOf(Func<Stream> open, CancellationToken cancellationToken)
    {
        var length = 0L;
        Read(open, chunk => length += chunk.Length, cancellationToken);
        return length;
    }

    private static void Read(Func<Stream> open, Action<ReadOnlySpan<byte>> use, CancellationToken cancellationToken)
    {
        using var content = LayerDecompressor.Open(open());
        var most = new LayerLimits().MaximumUncompressedBytes;
        var buffer = GC.AllocateUninitializedArray<byte>(ChunkBytes);
        int read;
        while ((read = content.Read(buffer)) > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            most -= read;
            if (most < 0)
            {
                throw new LoamException(ErrorCodes.LayerTooLarge, "a layer inflates to more bytes than allowed");
            }

            use(buffer.AsSpan(0, read));
        }
    }
}
