using Loam.TestKit;

namespace Loam.Tests;

/// <summary>The registry client against a registry that misbehaves.</summary>
public sealed class RegistryTests
{
    private static readonly RegistryOptions Quick = new()
    {
        RetryDelay = TimeSpan.FromMilliseconds(1),
        StallTimeout = TimeSpan.FromSeconds(1),
        MaximumRetryAfter = TimeSpan.FromMilliseconds(20),
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Fifty_breaks_fetch_nothing_twice()
    {
        await using var registry = InProcessRegistry.Start();
        var content = TestImage.Noise(80_000_000, 1);
        var digest = registry.AddBlob(content);
        var random = new Random(2);
        var breaks = 50;
        registry.Script = _ => breaks-- > 0 ? new Misbehaviour.Break(random.NextInt64(300_000, 1_500_000)) : null;
        Assert.Equal(digest, Digest.Sha256(await DownloadAsync(registry, digest, content.Length)));
        Assert.Equal(51, registry.Calls.Count);
        var calls = registry.Calls.ToArray();
        for (var i = 1; i < calls.Length; i++)
        {
            var arrived = calls[i].From!.Value - (calls[i - 1].From ?? 0);
            Assert.InRange(calls[i - 1].BytesSent - arrived, 0, 1 << 20);
        }
    }

    [Fact]
    public async Task A_registry_without_ranges_and_one_that_stalls_still_give_the_blob()
    {
        await using var registry = InProcessRegistry.Start();
        var content = TestImage.Noise(2_000_000, 3);
        var digest = registry.AddBlob(content);
        var call = 0;
        registry.Script = _ => call++ switch { 0 => new Misbehaviour.Break(700_000), 1 => new Misbehaviour.IgnoreRange(), _ => null };
        Assert.Equal(content, await DownloadAsync(registry, digest, content.Length));
        Assert.Equal([null, 700_000L], registry.Calls.Select(call => call.From).Take(2));
        call = 0;
        registry.Script = _ => call++ == 0 ? new Misbehaviour.Stall(100_000) : null;
        Assert.Equal(content, await DownloadAsync(registry, digest, content.Length));
    }

    [Theory]
    [InlineData("wrong", "digest_mismatch")]
    [InlineData("long", "size_mismatch")]
    [InlineData("missing", "blob_unknown")]
    public async Task What_is_not_the_blob_is_refused_before_its_last_bytes(string how, string code)
    {
        await using var registry = InProcessRegistry.Start();
        var content = TestImage.Noise(100_000, 4);
        var digest = registry.AddBlob(content);
        registry.Script = _ => how switch
        {
            "wrong" => new Misbehaviour.WrongContent(),
            "long" => new Misbehaviour.TooLong(10),
            _ => new Misbehaviour.Answer(404),
        };
        var error = await Assert.ThrowsAsync<LoamException>(() => DownloadAsync(registry, digest, content.Length));
        Assert.Equal(code, error.Code.Name);
        Assert.False(error.AgainMayHelp);
        var tail = await Assert.ThrowsAsync<LoamException>(async () =>
        {
            using var client = new RegistryClient(Quick);
            await using var stream = await client.OpenBlobAsync(Reference(registry), Describe(digest, content.Length), cancellationToken: Token);
            await stream.ReadExactlyAsync(new byte[content.Length], Token);
        });
        Assert.Equal(code, tail.Code.Name);
    }

    [Theory]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task Failures_that_pass_are_tried_again(int status)
    {
        await using var registry = InProcessRegistry.Start();
        var image = new TestImage().Add(new TarAuthor().End());
        image.Push(registry, "app", "1");
        var left = 3;
        registry.Script = _ => left-- > 0 ? new Misbehaviour.Answer(status, "", ("Retry-After", "1")) : null;
        using var client = new RegistryClient(Quick);
        var manifest = await client.GetManifestAsync(Reference(registry), Token);
        Assert.Equal(Digest.Sha256(image.Manifest), manifest.Digest);
        left = 1000;
        var error = await Assert.ThrowsAsync<LoamException>(() => client.GetManifestAsync(Reference(registry), Token));
        Assert.Equal(status == 429 ? ErrorCodes.TooManyRequests : ErrorCodes.RegistryUnavailable, error.Code);
    }

    [Fact]
    public async Task A_token_is_asked_for_once_and_shown_to_nobody_else()
    {
        await using var other = InProcessRegistry.Start();
        await using var registry = InProcessRegistry.Start();
        var content = TestImage.Noise(1000, 5);
        var digest = registry.AddBlob(content);
        other.AddBlob(content);
        new TestImage().Add(new TarAuthor().End()).Push(registry, "app", "1");
        registry.Script = call => call switch
        {
            { Path: "/token" } => new Misbehaviour.Answer(200, """{"token":"secret","expires_in":300}"""),
            _ when !call.Headers.ContainsKey("Authorization") => new Misbehaviour.Answer(
                401, "", ("WWW-Authenticate", $"Bearer realm=\"http://{registry.Host}/token\",service=\"a, b\",scope=\"repository:app:pull\"")),
            { IsBlob: true } => new Misbehaviour.Answer(307, "", ("Location", $"http://{other.Host}/v2/x/blobs/{digest}?signature=1")),
            _ => null,
        };
        using var client = new RegistryClient(Quick);
        await client.GetManifestAsync(Reference(registry), Token);
        var blob = await client.GetBlobBytesAsync(Reference(registry), Describe(digest, content.Length), 10_000, Token);
        Assert.Equal(content, blob);
        Assert.Contains("service=a%2C%20b", Assert.Single(registry.Calls, call => call.Path == "/token").Query, StringComparison.Ordinal);
        Assert.DoesNotContain(other.Calls, call => call.Headers.ContainsKey("Authorization"));
        Assert.Single(other.Calls);
    }

    [Fact]
    public async Task A_manifest_that_is_not_its_digest_is_refused()
    {
        await using var registry = InProcessRegistry.Start();
        var digest = new TestImage().Add(new TarAuthor().End()).Push(registry, "app", "1");
        registry.Script = _ => new Misbehaviour.WrongContent();
        using var client = new RegistryClient(Quick);
        var error = await Assert.ThrowsAsync<LoamException>(() => client.GetManifestAsync(Reference(registry).WithDigest(digest), Token));
        Assert.Equal(ErrorCodes.DigestMismatch, error.Code);
    }

    private static ImageReference Reference(InProcessRegistry registry) => ImageReference.Parse($"{registry.Host}/app:1");

    private static Descriptor Describe(Digest digest, long size) => new() { MediaType = "application/octet-stream", Digest = digest, Size = size };

    private static async Task<byte[]> DownloadAsync(InProcessRegistry registry, Digest digest, long size)
    {
        using var client = new RegistryClient(Quick);
        await using var stream = await client.OpenBlobAsync(Reference(registry), Describe(digest, size), cancellationToken: Token);
        var content = new MemoryStream();
        await stream.CopyToAsync(content, Token);
        return content.ToArray();
    }
}
