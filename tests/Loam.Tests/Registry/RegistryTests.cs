using Loam.Registry;
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
        var content = TestImage.Noise(200_000_000, 1);
        var digest = registry.AddBlob(content);
        var random = new Random(2);
        var breaks = 50;
        registry.Script = _ => breaks-- > 0 ? new Misbehaviour.Break(random.NextInt64(1_000_000, 5_000_000)) : null;
        using var folder = new TemporaryFolder();
        await DownloadAsync(registry, digest, content.Length, folder["blob"]);
        Assert.Equal(digest, Digest.Sha256(await File.ReadAllBytesAsync(folder["blob"], Token)));
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
        using var folder = new TemporaryFolder();
        await DownloadAsync(registry, digest, content.Length, folder["blob"]);
        call = 0;
        registry.Script = _ => call++ == 0 ? new Misbehaviour.Stall(100_000) : null;
        await DownloadAsync(registry, digest, content.Length, folder["stalled"]);
        Assert.Equal(content, await File.ReadAllBytesAsync(folder["stalled"], Token));
    }

    [Theory]
    [InlineData("wrong", "digest_mismatch")]
    [InlineData("long", "size_mismatch")]
    [InlineData("missing", "blob_unknown")]
    public async Task What_is_not_the_blob_is_refused_and_not_kept(string how, string code)
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
        using var folder = new TemporaryFolder();
        var error = await Assert.ThrowsAsync<LoamException>(() => DownloadAsync(registry, digest, content.Length, folder["blob"]));
        Assert.Equal(code, error.Code.Name);
        Assert.True(how != "wrong" || !File.Exists(folder["blob"]));
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

    [Fact]
    public async Task Readers_follow_a_download_and_see_it_fail()
    {
        await using var registry = InProcessRegistry.Start();
        var content = TestImage.Noise(3_000_000, 6);
        var digest = registry.AddBlob(content);
        using var folder = new TemporaryFolder();
        using var client = new RegistryClient(Quick);
        using (var download = client.CreateDownload(Reference(registry), Describe(digest, content.Length), folder["a"], _ => { }))
        {
            using var reader = download.OpenRead();
            var running = download.RunAsync(Token);
            var copy = new MemoryStream();
            await Task.Run(() => reader.CopyTo(copy), Token);
            await running;
            Assert.Equal(content, copy.ToArray());
        }

        registry.Script = _ => new Misbehaviour.Break(1_000_000);
        var calls = 0;
        registry.Script = _ => calls++ == 0 ? new Misbehaviour.Break(1_000_000) : new Misbehaviour.Answer(404);
        using (var download = client.CreateDownload(Reference(registry), Describe(digest, content.Length), folder["b"], _ => { }))
        {
            using var reader = download.OpenRead();
            var running = download.RunAsync(Token);
            Assert.Throws<LoamException>(() => reader.CopyTo(Stream.Null));
            await Assert.ThrowsAsync<LoamException>(() => running);
        }
    }

    private static ImageReference Reference(InProcessRegistry registry) => ImageReference.Parse($"{registry.Host}/app:1");

    private static Descriptor Describe(Digest digest, long size) => new() { MediaType = "application/octet-stream", Digest = digest, Size = size };

    private static async Task DownloadAsync(InProcessRegistry registry, Digest digest, long size, string path)
    {
        using var client = new RegistryClient(Quick);
        using var download = client.CreateDownload(Reference(registry), Describe(digest, size), path, _ => { });
        await download.RunAsync(Token);
    }
}
