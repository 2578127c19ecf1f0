using System.Security.Cryptography;
using Loam.TestKit;

namespace Loam.Tests;

public sealed class DigestTests
{
    private const string EmptySha256 = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    private static readonly byte[] Content = TestImage.Noise(600_000, 1);

    [Theory]
    [InlineData("sha256")]
    [InlineData("sha512")]
    public void A_digest_matches_its_own_bytes_and_no_others(string algorithm)
    {
        var digest = Reference(algorithm, Content);
        Assert.True(digest.Matches(Content));
        Assert.False(digest.Matches(Content.AsSpan(1)));
        Assert.Equal(digest, Digest.Of(Content, digest));
        Assert.Equal(Reference(algorithm, []), Digest.Of([], digest));
    }

    [Theory]
    [InlineData("sha256")]
    [InlineData("sha512")]
    public void A_stream_is_hashed_from_where_it_stands_to_its_end_and_left_open(string algorithm)
    {
        using var stream = new MemoryStream(Content);
        stream.Position = 7;
        var found = Digest.Of(stream, Reference(algorithm, []), TestContext.Current.CancellationToken);
        Assert.Equal(Reference(algorithm, Content[7..]), found);
        Assert.Equal(Content.Length, stream.Position);
    }

    [Fact]
    public void Hashing_a_stream_ends_when_it_is_cancelled()
    {
        using var stopped = new CancellationTokenSource();
        stopped.Cancel();
        Assert.Throws<OperationCanceledException>(() => Digest.Of(new MemoryStream(Content), Digest.Parse(EmptySha256), stopped.Token));
    }

    [Fact]
    public void What_a_hash_was_fed_is_compared_and_named()
    {
        var digest = Digest.Sha256(Content);
        using var hash = digest.CreateHash();
        hash.AppendData(Content);
        Assert.True(digest.Matches(hash, out var found));
        Assert.Equal(digest, found);
        Assert.False(digest.Matches(hash, out found));
        Assert.Equal(Digest.Parse(EmptySha256), found);
    }

    [Theory]
    [InlineData("sha256:E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855")]
    [InlineData("sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85")]
    [InlineData("sha384:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("sha512:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("sha256")]
    [InlineData("")]
    public void What_is_no_digest_is_refused(string text)
    {
        Assert.False(Digest.TryParse(text, out var digest));
        Assert.True(digest.IsEmpty);
        Assert.Equal(ErrorCodes.InvalidDigest, Assert.Throws<LoamException>(() => Digest.Parse(text)).Code);
    }

    private static Digest Reference(string algorithm, byte[] content) =>
        Digest.Parse($"{algorithm}:{Convert.ToHexStringLower(algorithm == "sha256" ? SHA256.HashData(content) : SHA512.HashData(content))}");
}
