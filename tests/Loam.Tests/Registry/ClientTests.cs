using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using Loam.TestKit;
using Microsoft.Extensions.Logging;

namespace Loam.Tests;

/// <summary>What the client offers to those who embed it.</summary>
public sealed class ClientTests : IDisposable
{
    private static readonly RegistryOptions Quick = new() { RetryDelay = TimeSpan.FromMilliseconds(1), Retries = 1 };
    private static readonly byte[] Content = TestImage.Noise(100_000, 8);
    private static readonly Descriptor Blob = new() { MediaType = "application/octet-stream", Digest = Digest.Sha256(Content), Size = Content.Length };

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Blobs_and_manifests_go_to_a_registry_and_come_back()
    {
        await using var registry = await DockerRegistry.StartAsync(new DockerRegistrySettings { Deletes = true });
        await using var gate = InProcessRegistry.Start();
        gate.Script = _ => new Misbehaviour.Forward(registry.Host);
        using var client = new RegistryClient(Quick);
        var (app, other) = (ImageReference.Parse($"{gate.Host}/team/app:1"), ImageReference.Parse($"{gate.Host}/team/other:1"));
        Assert.False(await client.HasBlobAsync(app, Blob.Digest, Token));
        var told = new ConcurrentQueue<long>();
        var progress = new Listener<long>(told.Enqueue);
        Assert.Equal(
            UploadOutcome.Uploaded, await client.PushBlobAsync(app, Blob, () => new MemoryStream(Content), progress: progress, cancellationToken: Token));
        Assert.Equal(Content.Length, told.Max());
        Assert.Equal(UploadOutcome.Present, await client.PushBlobAsync(app, Blob, () => throw new InvalidOperationException(), cancellationToken: Token));
        Assert.True(await client.HasBlobAsync(app, Blob.Digest, Token));

        // Mounted where a sibling has it; else the upload that the registry began is taken back.
        Assert.False(await client.MountBlobAsync(other, Digest.Sha256([1]), "team/app", Token));
        Assert.Equal("DELETE", gate.Calls[^1].Method);
        Assert.True(await client.MountBlobAsync(other, Blob.Digest, "team/app", Token));
        Assert.True(await client.HasBlobAsync(other, Blob.Digest, Token));

        var manifest = await PutAsync(client, app);
        var found = await client.ResolveAsync(app, Token);
        Assert.Equal((manifest.Digest, manifest.MediaType, manifest.Content.Length), (found.Digest, found.MediaType, (int)found.Size));
        Assert.Equal("HEAD", gate.Calls[^1].Method);
        Assert.True(await client.HasManifestAsync(app, manifest, Token));
        Assert.False(await client.HasManifestAsync(app, manifest with { Digest = Blob.Digest }, Token));
        Assert.Equal(ErrorCodes.ManifestUnknown, await CodeOf(() => client.ResolveAsync(app.WithDigest(Digest.Sha256([9])), Token)));

        await client.DeleteManifestAsync(app.WithDigest(manifest.Digest), Token);
        Assert.False(await client.HasManifestAsync(app, manifest, Token));
        Assert.Equal(ErrorCodes.ManifestUnknown, await CodeOf(() => client.DeleteManifestAsync(app.WithDigest(manifest.Digest), Token)));
    }

    [Fact]
    public async Task A_registry_that_deletes_nothing_says_so()
    {
        await using var registry = await DockerRegistry.StartAsync(new DockerRegistrySettings());
        using var client = new RegistryClient(Quick);
        var app = ImageReference.Parse($"{registry.Host}/team/app:1");
        await client.PushBlobAsync(app, Blob, () => new MemoryStream(Content), cancellationToken: Token);
        var manifest = await PutAsync(client, app);
        Assert.Equal(ErrorCodes.RegistryUnsupported, await CodeOf(() => client.DeleteManifestAsync(app.WithDigest(manifest.Digest), Token)));
    }

    [Theory]
    [InlineData("open", "disk_full")]
    [InlineData("read", "disk_full")]
    [InlineData("short", "store_damaged")]
    public async Task What_goes_wrong_with_what_is_sent_is_not_the_networks_fault(string what, string code)
    {
        await using var registry = InProcessRegistry.Start();
        using var client = new RegistryClient(Quick with { Retries = 3 });
        var tries = 0;
        var error = await CodeOf(() => client.PushBlobAsync(
            ImageReference.Parse($"{registry.Host}/app:1"),
            Blob,
            () =>
            {
                tries++;
                return what switch
                {
                    "open" => throw Full(),
                    "read" => new Broken(),
                    _ => new MemoryStream(Content[1..]),
                };
            },
            cancellationToken: Token));
        Assert.Equal((code, 1), (error.Name, tries));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(99_999)]
    [InlineData(100_000)]
    public async Task A_blob_is_read_from_any_byte_on_through_breaks(int offset)
    {
        await using var registry = InProcessRegistry.Start();
        registry.AddBlob(Content);
        registry.Script = call => call.From is null or 1 ? new Misbehaviour.Break(40_000) : null;
        using var client = new RegistryClient(Quick);
        var app = ImageReference.Parse($"{registry.Host}/app:1");
        await using (var stream = await client.OpenBlobAsync(app, Blob, offset, Token))
        {
            var copy = new MemoryStream();
            await stream.CopyToAsync(copy, Token);
            Assert.Equal(Content[offset..], copy.ToArray());
        }

        // Also by those who can only block.
        await using (var stream = await client.OpenBlobAsync(app, Blob, offset, Token))
        {
            var copy = new MemoryStream();
            await Task.Run(() => stream.CopyTo(copy), Token);
            Assert.Equal(Content[offset..], copy.ToArray());
            Assert.False(stream.CanSeek || stream.CanWrite);
        }
    }

    [Fact]
    public async Task A_read_that_is_cancelled_can_be_read_again()
    {
        await using var registry = InProcessRegistry.Start();
        registry.AddBlob(Content);
        registry.Script = call => call.From is null ? new Misbehaviour.Stall(40_000) : null;
        using var client = new RegistryClient(Quick);
        await using var stream = await client.OpenBlobAsync(ImageReference.Parse($"{registry.Host}/app:1"), Blob, cancellationToken: Token);
        var content = new byte[Content.Length];
        await stream.ReadExactlyAsync(content.AsMemory(0, 40_000), Token);
        using var stop = new CancellationTokenSource(50);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await stream.ReadExactlyAsync(content.AsMemory(40_000), stop.Token));
        await stream.ReadExactlyAsync(content.AsMemory(40_000), Token);
        Assert.Equal(Content, content);
    }

    [Fact]
    public async Task What_is_wrong_with_a_blob_is_known_when_it_is_opened_if_it_can_be()
    {
        await using var registry = InProcessRegistry.Start();
        using var client = new RegistryClient(Quick);
        var app = ImageReference.Parse($"{registry.Host}/app:1");
        Assert.Equal(ErrorCodes.BlobUnknown, await CodeOf(() => client.OpenBlobAsync(app, Blob, cancellationToken: Token)));
        registry.AddBlob(Content);
        Assert.Equal(ErrorCodes.SizeMismatch, await CodeOf(() => client.OpenBlobAsync(app, Blob with { Size = Content.Length - 1 }, cancellationToken: Token)));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => client.OpenBlobAsync(app, Blob, -1, Token));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => client.OpenBlobAsync(app, Blob, Content.Length + 1, Token));
        Assert.Equal(ErrorCodes.ManifestInvalid, await CodeOf(() => client.GetBlobBytesAsync(app, Blob, Content.Length - 1, Token)));
        Assert.Equal(Content, await client.GetBlobBytesAsync(app, Blob, Content.Length, Token));

        // After wrong bytes there is nothing more to read, however often it is tried.
        registry.Script = _ => new Misbehaviour.WrongContent();
        await using var stream = await client.OpenBlobAsync(app, Blob, cancellationToken: Token);
        Assert.Equal(ErrorCodes.DigestMismatch, await CodeOf(() => stream.CopyToAsync(Stream.Null, Token)));
        Assert.Equal(ErrorCodes.DigestMismatch, await CodeOf(() => stream.CopyToAsync(Stream.Null, Token)));
    }

    [Fact]
    public async Task A_reference_is_resolved_also_where_headers_say_nothing()
    {
        await using var registry = InProcessRegistry.Start();
        var image = new TestImage().Add(new TarAuthor().End());
        var digest = image.Push(registry, "app", "1");
        using var client = new RegistryClient(Quick);
        var app = ImageReference.Parse($"{registry.Host}/app:1");
        var found = await client.ResolveAsync(app, Token);
        Assert.Equal((digest, image.Manifest.Length, TestImage.ManifestType), (found.Digest, (int)found.Size, found.MediaType));
        Assert.Equal(["HEAD", "GET"], registry.Calls.Select(call => call.Method));
        registry.Script = _ => new Misbehaviour.Answer(
            200, "", ("Docker-Content-Digest", Blob.Digest.ToString()), ("Content-Type", TestImage.ManifestType), ("Content-Length", "7"));
        Assert.Equal(Blob.Digest, (await client.ResolveAsync(app, Token)).Digest);
        Assert.Equal(ErrorCodes.DigestMismatch, await CodeOf(() => client.ResolveAsync(app.WithDigest(digest), Token)));
    }

    [Fact]
    public async Task A_handler_of_the_callers_sees_everything_and_goes_with_the_client()
    {
        await using var registry = InProcessRegistry.Start();
        new TestImage().Add(new TarAuthor().End()).Push(registry, "app", "1");
        registry.Script = call => call switch
        {
            { Path: "/token" } => new Misbehaviour.Answer(200, """{"token":"t"}"""),
            { Authorization: null } => new Misbehaviour.Answer(401, "", ("WWW-Authenticate", $"Bearer realm=\"http://{registry.Host}/token\"")),
            _ => null,
        };
        var watch = new Watch();
        var options = Quick with { CreateHandler = context => watch.Over(context.Handler), UserAgent = new ProductInfoHeaderValue("Suite", "2.1") };
        using (var client = new RegistryClient(options))
        {
            await client.GetManifestAsync(ImageReference.Parse($"{registry.Host}/app:1"), Token);
        }

        Assert.Equal(["/v2/app/manifests/1", "/token", "/v2/app/manifests/1"], watch.Seen);
        Assert.True(watch.IsDisposed);
        Assert.All(registry.Calls, call => Assert.Equal($"Suite/2.1 loam/{LoamVersion.Text}", call.Headers["User-Agent"]));
    }

    [Fact]
    public async Task A_handler_of_the_callers_can_answer_by_itself()
    {
        var image = new TestImage().Add(new TarAuthor().End());
        RegistryHandlerContext? context = null;
        var options = Quick with
        {
            CreateHandler = given =>
            {
                context = given;
                return new Answering(_ => new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent(image.Manifest) });
            },
        };
        using var client = new RegistryClient(options);
        Assert.Equal(Digest.Sha256(image.Manifest), (await client.GetManifestAsync(ImageReference.Parse("nowhere.test/app:1"), Token)).Digest);
        Assert.Null(context!.CaCertificates);
        Assert.Null(context.ClientCertificate);
    }

    [Fact]
    public async Task A_handler_of_the_callers_is_told_what_the_certificates_are()
    {
        using var authority = new PrivateAuthority();
        using var second = new PrivateAuthority();
        var (shared, own) = (RegistryOptions.ReadCaCertificates(authority.Authority), RegistryOptions.ReadCaCertificates(second.Authority));
        using var certificate = RegistryOptions.ReadClientCertificate(authority.ClientCertificate, authority.ClientKey);
        var contexts = new List<RegistryHandlerContext>();
        var options = Quick with
        {
            CaCertificates = shared,
            ClientCertificate = certificate,
            Locations = name => [new RegistryLocation(name.Registry, name.Repository) { CaCertificates = name.Registry == "one.test" ? own : null }],
            CreateHandler = given =>
            {
                contexts.Add(given);
                return new Answering(request => request.RequestUri!.Host == "two.test"
                    ? new HttpResponseMessage(HttpStatusCode.TemporaryRedirect) { Headers = { Location = new Uri("https://elsewhere.test/v2/x") } }
                    : new HttpResponseMessage(HttpStatusCode.NotFound));
            },
        };
        using var client = new RegistryClient(options);
        Assert.Equal(ErrorCodes.ManifestUnknown, await CodeOf(() => client.GetManifestAsync(ImageReference.Parse("one.test/app:1"), Token)));
        Assert.Equal(ErrorCodes.ManifestUnknown, await CodeOf(() => client.GetManifestAsync(ImageReference.Parse("two.test/app:1"), Token)));
        Assert.Equal(ErrorCodes.ManifestUnknown, await CodeOf(() => client.GetManifestAsync(ImageReference.Parse("one.test/app:2"), Token)));

        // One for each set of certificates; where a redirect leads, the client's is not shown.
        Assert.Equal([2, 1, 1], contexts.Select(context => context.CaCertificates!.Count));
        Assert.Equal([certificate, certificate, null], contexts.Select(context => context.ClientCertificate));
        Assert.Contains(own[0], contexts[0].CaCertificates!);
    }

    [Fact]
    public async Task A_proxy_of_the_callers_is_used()
    {
        await using var proxy = InProcessRegistry.Start();
        new TestImage().Add(new TarAuthor().End()).Push(proxy, "app", "1");
        using var client = new RegistryClient(Quick with { Insecure = true, Proxy = new WebProxy($"http://{proxy.Host}") });
        await client.GetManifestAsync(ImageReference.Parse("registry.test/app:1"), Token);
        Assert.Equal("registry.test", Assert.Single(proxy.Calls).ProxiedTo);
    }

    [Fact]
    public async Task A_test_can_answer_in_the_clients_place()
    {
        using RegistryClient client = new Fake();
        Assert.Equal(Blob, await client.ResolveAsync(ImageReference.Parse("nowhere.test/app:1"), Token));
    }

    [Fact]
    public async Task Null_is_refused_by_name()
    {
        using var client = new RegistryClient();
        var app = ImageReference.Parse("nowhere.test/app:1");
        var manifest = new FetchedManifest("x/y", Blob.Digest, default);
        (string Name, Func<Task> Act)[] calls =
        [
            ("reference", () => client.ResolveAsync(null!, Token)),
            ("reference", () => client.GetManifestAsync(null!, Token)),
            ("reference", () => client.HasManifestAsync(null!, manifest, Token)),
            ("manifest", () => client.HasManifestAsync(app, null!, Token)),
            ("reference", () => client.PutManifestAsync(null!, manifest, Token)),
            ("manifest", () => client.PutManifestAsync(app, null!, Token)),
            ("reference", () => client.DeleteManifestAsync(null!, Token)),
            ("repository", () => client.HasBlobAsync(null!, Blob.Digest, Token)),
            ("repository", () => client.OpenBlobAsync(null!, Blob, cancellationToken: Token)),
            ("blob", () => client.OpenBlobAsync(app, null!, cancellationToken: Token)),
            ("reference", () => client.GetBlobBytesAsync(null!, Blob, 1, Token)),
            ("blob", () => client.GetBlobBytesAsync(app, null!, 1, Token)),
            ("repository", () => client.PushBlobAsync(null!, Blob, () => Stream.Null, cancellationToken: Token)),
            ("blob", () => client.PushBlobAsync(app, null!, () => Stream.Null, cancellationToken: Token)),
            ("open", () => client.PushBlobAsync(app, Blob, null!, cancellationToken: Token)),
            ("repository", () => client.MountBlobAsync(null!, Blob.Digest, "a", Token)),
            ("from", () => client.MountBlobAsync(app, Blob.Digest, null!, Token)),
            ("repository", () => client.GetReferrersAsync(null!, Blob.Digest, "a", Token)),
            ("artifactType", () => client.GetReferrersAsync(app, Blob.Digest, null!, Token)),
        ];
        foreach (var (name, act) in calls)
        {
            Assert.Equal(name, (await Assert.ThrowsAsync<ArgumentNullException>(act)).ParamName);
        }

        Assert.Equal("repository", Assert.Throws<ArgumentNullException>(() => client.ListTagsAsync(null!, Token)).ParamName);
    }

    [Fact]
    public async Task The_log_tells_of_requests_and_tries_and_never_of_secrets()
    {
        await using var registry = InProcessRegistry.Start();
        var (password, token) = ($"password-{Guid.NewGuid():N}", $"token-{Guid.NewGuid():N}");
        Traffic.Keep(password, registry.Host);
        Traffic.Keep(token, registry.Host);
        new TestImage().Add(new TarAuthor().End()).Push(registry, "app", "1");
        var busy = 1;
        registry.Script = call => call switch
        {
            { Path: "/token" } => new Misbehaviour.Answer(200, $$"""{"token":"{{token}}"}"""),
            { Authorization: null } => new Misbehaviour.Answer(401, "", ("WWW-Authenticate", $"Bearer realm=\"http://{registry.Host}/token\"")),
            { IsBlob: true } => new Misbehaviour.Answer(307, "", ("Location", $"http://{registry.Host}/v2/b/blobs/x?signature={token}")),
            _ when busy-- > 0 => new Misbehaviour.Answer(503),
            _ => null,
        };
        using var log = new ListLog();
        var credential = new RegistryCredential.Basic("user", password);
        using var client = new RegistryClient(Quick with { Credentials = (_, _, _) => ValueTask.FromResult<RegistryCredential?>(credential) }, log);
        var app = ImageReference.Parse($"{registry.Host}/app:1");
        await client.GetManifestAsync(app, Token);
        await Assert.ThrowsAsync<LoamException>(() => client.GetBlobBytesAsync(app, Blob, 1 << 20, Token));
        Assert.Contains((101, LogLevel.Debug), log.Events);
        Assert.Contains((103, LogLevel.Warning), log.Events);
        Assert.All(Traffic.Forms(password).Concat(Traffic.Forms(token)), form => Assert.DoesNotContain(form, log.Text, StringComparison.Ordinal));
    }

    private static async Task<FetchedManifest> PutAsync(RegistryClient client, ImageReference reference)
    {
        var config = "{}"u8.ToArray();
        var blob = new Descriptor { MediaType = "application/vnd.oci.image.config.v1+json", Digest = Digest.Sha256(config), Size = config.Length };
        await client.PushBlobAsync(reference, blob, () => new MemoryStream(config), cancellationToken: Token);
        var content = System.Text.Encoding.UTF8.GetBytes($$$"""
            {"schemaVersion":2,"mediaType":"{{{TestImage.ManifestType}}}",
             "config":{"mediaType":"{{{blob.MediaType}}}","digest":"{{{blob.Digest}}}","size":{{{blob.Size}}}},
             "layers":[{"mediaType":"application/octet-stream","digest":"{{{Blob.Digest}}}","size":{{{Blob.Size}}}}]}
            """);
        var manifest = new FetchedManifest(TestImage.ManifestType, Digest.Sha256(content), content);
        Assert.Equal(manifest.Digest, (await client.PutManifestAsync(reference, manifest, Token)).Digest);
        return manifest;
    }

    private static IOException Full() => new("No space left on device", 28);

    private static async Task<ErrorCode> CodeOf(Func<Task> act) => (await Assert.ThrowsAsync<LoamException>(act)).Code;

    private sealed class Broken() : MemoryStream(Content)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => throw Full();
    }

    private sealed class Listener<T>(Action<T> tell) : IProgress<T>
    {
        public void Report(T value) => tell(value);
    }

    private sealed class Watch : DelegatingHandler
    {
        public List<string> Seen { get; } = [];

        public bool IsDisposed { get; private set; }

        public Watch Over(HttpMessageHandler inner)
        {
            InnerHandler = inner;
            return this;
        }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Seen.Add(request.RequestUri!.AbsolutePath);
            return base.SendAsync(request, cancellationToken);
        }

        protected override void Dispose(bool disposing)
        {
            IsDisposed = true;
            base.Dispose(disposing);
        }
    }

    private sealed class Answering(Func<HttpRequestMessage, HttpResponseMessage> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = answer(request);
            if (response.Content is ByteArrayContent content)
            {
                content.Headers.ContentType ??= new MediaTypeHeaderValue(TestImage.ManifestType);
            }

            return Task.FromResult(response);
        }
    }

    private sealed class Fake : RegistryClient
    {
        public override Task<Descriptor> ResolveAsync(ImageReference reference, CancellationToken cancellationToken = default) => Task.FromResult(Blob);
    }
}
