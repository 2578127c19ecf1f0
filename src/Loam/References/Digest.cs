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

    /// <summary>Whether this is no digest at all (the default value).</summary>
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

    /// <summary>The SHA-256 of bytes.</summary>
    public static Digest Sha256(ReadOnlySpan<byte> content) => FromSha256(SHA256.HashData(content));

    /// <summary>A digest from the 32 bytes of a SHA-256.</summary>
    public static Digest FromSha256(ReadOnlySpan<byte> hash) => new("sha256:" + Convert.ToHexStringLower(hash));

    /// <summary>The digest of bytes by the algorithm of another digest.</summary>
    /// <param name="content">The bytes.</param>
    /// <param name="like">Says which algorithm.</param>
    public static Digest Of(ReadOnlySpan<byte> content, Digest like) => Finish(like.HashName, CryptographicOperations.HashData(like.HashName, content));

    /// <summary>The digest of a stream's bytes, from where it stands to its end, by the algorithm of another digest.</summary>
    /// <param name="content">The stream; left open.</param>
    /// <param name="like">Says which algorithm.</param>
    /// <param name="cancellationToken">Ends the work between reads.</param>
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
    public bool Matches(ReadOnlySpan<byte> content) => Of(content, this) == this;

    /// <summary>Whether this is the digest of what a hash was fed.</summary>
    /// <param name="hash">The hash, of this digest's algorithm (<see cref="CreateHash"/>); it starts afresh.</param>
    /// <param name="found">The digest that it was fed.</param>
    public bool Matches(IncrementalHash hash, out Digest found)
    {
        found = Finish(hash);
        return found == this;
    }

    /// <summary>A hash of this digest's algorithm, to feed.</summary>
    public IncrementalHash CreateHash() => IncrementalHash.CreateHash(HashName);

    /// <summary>Takes what a hash was fed as a digest; the hash starts afresh.</summary>
    /// <param name="hash">A SHA-256 or a SHA-512.</param>
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
