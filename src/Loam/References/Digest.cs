using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text.Json.Serialization;

namespace Loam;

/// <summary>A content digest (OCI image-spec, <c>descriptor.md</c>, "Digests"): <c>sha256:</c> or <c>sha512:</c> and lower-case hex.</summary>
[JsonConverter(typeof(DigestJsonConverter))]
public readonly record struct Digest : IParsable<Digest>
{
    private const int ChunkBytes = 256 << 10;

    private readonly string? _text;

    private Digest(string text) => _text = text;

    /// <summary>Whether this is the default value, which is not a digest.</summary>
    public bool IsEmpty => _text is null;

    /// <summary><c>sha256</c> or <c>sha512</c>.</summary>
    public string Algorithm => Text[..Text.IndexOf(':', StringComparison.Ordinal)];

    /// <summary>The hexadecimal part.</summary>
    public string Hex => Text[(Text.IndexOf(':', StringComparison.Ordinal) + 1)..];

    private HashAlgorithmName HashName => Algorithm == "sha256" ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA512;

    private string Text => _text ?? throw new InvalidOperationException("an empty digest");

    /// <summary>Reads a digest.</summary>
    /// <param name="text"><c>sha256:</c> and 64, or <c>sha512:</c> and 128 lower-case hexadecimal digits.</param>
    /// <returns>The digest.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="text"/> is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.InvalidDigest"/>.</exception>
    public static Digest Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out var digest) ? digest : throw new LoamException(ErrorCodes.InvalidDigest, $"\"{text}\" is not a digest");
    }

    /// <inheritdoc/>
    static Digest IParsable<Digest>.Parse(string s, IFormatProvider? provider) => Parse(s);

    /// <inheritdoc/>
    static bool IParsable<Digest>.TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out Digest result) => TryParse(s, out result);

    /// <summary>Reads a digest of a supported algorithm.</summary>
    /// <param name="text">As <see cref="Parse"/> takes it.</param>
    /// <param name="digest">The digest; empty where the text is none.</param>
    /// <returns>Whether it is one.</returns>
    public static bool TryParse([NotNullWhen(true)] string? text, out Digest digest)
    {
        digest = default;
        var colon = text?.IndexOf(':', StringComparison.Ordinal) ?? -1;
        if (colon < 0)
        {
            return false;
        }

        var length = text.AsSpan(0, colon) switch
        {
            "sha256" => 64,
            "sha512" => 128,
            _ => -1,
        };
        var hex = text.AsSpan(colon + 1);
        if (hex.Length != length || hex.ContainsAnyExcept("0123456789abcdef"))
        {
            return false;
        }

        digest = new Digest(text!);
        return true;
    }

    /// <summary>Hashes bytes with SHA-256.</summary>
    /// <param name="content">The bytes.</param>
    /// <returns><c>sha256:</c> and the hash.</returns>
    public static Digest Sha256(ReadOnlySpan<byte> content) => FromSha256(SHA256.HashData(content));

    /// <summary>Makes a digest of a SHA-256 that was computed before.</summary>
    /// <param name="hash">The 32 bytes of the hash.</param>
    /// <returns><c>sha256:</c> and the hash in lower-case hex.</returns>
    public static Digest FromSha256(ReadOnlySpan<byte> hash) => new("sha256:" + Convert.ToHexStringLower(hash));

    /// <summary>Hashes bytes with the algorithm of another digest.</summary>
    /// <param name="content">The bytes.</param>
    /// <param name="like">A digest of the algorithm to use; not the empty one.</param>
    /// <returns>The digest of the bytes.</returns>
    /// <exception cref="InvalidOperationException"><paramref name="like"/> is empty.</exception>
    public static Digest Of(ReadOnlySpan<byte> content, Digest like) => Finish(like.HashName, CryptographicOperations.HashData(like.HashName, content));

    /// <summary>Hashes a stream from its position to its end with the algorithm of another digest.</summary>
    /// <param name="content">The stream; left open.</param>
    /// <param name="like">A digest of the algorithm to use; not the empty one.</param>
    /// <param name="cancellationToken">Cancels the call, between two reads.</param>
    /// <returns>The digest of the bytes that were read.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="content"/> is null.</exception>
    /// <exception cref="InvalidOperationException"><paramref name="like"/> is empty.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public static Digest Of(Stream content, Digest like, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(content);
        using var hash = like.CreateHash();
        var buffer = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            int read;
            while ((read = content.Read(buffer)) > 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                hash.AppendData(buffer, 0, read);
            }

            return Finish(hash);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Whether this is the digest of these bytes.</summary>
    /// <param name="content">The bytes.</param>
    /// <returns>Whether their hash, by this digest's algorithm, is this digest.</returns>
    /// <exception cref="InvalidOperationException">This digest is empty.</exception>
    public bool Matches(ReadOnlySpan<byte> content) => Of(content, this) == this;

    /// <summary>Whether this is the digest of the bytes that were added to a hash.</summary>
    /// <param name="hash">The hash, of this digest's algorithm (<see cref="CreateHash"/>); it is reset.</param>
    /// <param name="found">The digest of the bytes.</param>
    /// <returns>Whether <paramref name="found"/> is this digest.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="hash"/> is null.</exception>
    public bool Matches(IncrementalHash hash, out Digest found)
    {
        found = Finish(hash);
        return found == this;
    }

    /// <summary>Makes a hash of this digest's algorithm, for content that arrives in parts.</summary>
    /// <returns>The hash, without any bytes yet; the caller disposes it.</returns>
    /// <exception cref="InvalidOperationException">This digest is empty.</exception>
    public IncrementalHash CreateHash() => IncrementalHash.CreateHash(HashName);

    /// <summary>Makes a digest of the bytes that were added to a hash, and resets the hash.</summary>
    /// <param name="hash">A SHA-256 or a SHA-512.</param>
    /// <returns>The digest of the bytes.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="hash"/> is null.</exception>
    public static Digest Finish(IncrementalHash hash)
    {
        ArgumentNullException.ThrowIfNull(hash);
        return Finish(hash.AlgorithmName, hash.GetHashAndReset());
    }

    /// <inheritdoc/>
    public override string ToString() => _text ?? "";

    private static Digest Finish(HashAlgorithmName algorithm, byte[] hash) =>
        new((algorithm == HashAlgorithmName.SHA256 ? "sha256:" : "sha512:") + Convert.ToHexStringLower(hash));
}
