using Loam.TestKit;

namespace Loam.Tests;

/// <summary>Mirrors, as config.json and registries.conf name them, and registries that are not at their host's root.</summary>
public sealed class MirrorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("config.json")]
    [InlineData("registries.conf")]
    public async Task A_pull_through_mirror_fetches_once_and_then_gives_by_itself(string where)
    {
        await using var origin = await DockerRegistry.StartAsync();
        await using var watched = InProcessRegistry.Start();
        watched.Script = _ => new Misbehaviour.Forward(origin.Host);
        await using var mirror = await DockerRegistry.StartAsync(new DockerRegistrySettings { MirrorOf = $"http://{watched.Host}" });
        Image().WriteLayout(_folder["layout"]);
        origin.Push(_folder["layout"], "t", "team/app");

        // The registry itself cannot be reached from here.
        var nowhere = "127.0.0.1:1";
        var configuration = where == "config.json"
            ? Configure($$$"""{"registries":{"{{{nowhere}}}":{"mirrors":["{{{mirror.Host}}}"]} } }""")
            : Configure("{}", $"""
                [[registry]]
                prefix = "{nowhere}"
                location = "{nowhere}"
                [[registry.mirror]]
                location = "{mirror.Host}"
                insecure = true
                """);
        var reference = ImageReference.Parse($"{nowhere}/team/app:latest");
        var digest = Digest.Sha256(Image().Manifest);
        Assert.Equal(digest, await PullAsync(configuration, reference, "one"));
        Assert.Contains(watched.Calls, call => call is { Method: "GET", IsBlob: true });

        // It keeps what it passed on, a moment later.
        await watched.DisposeAsync();
        for (var tries = 0; ; tries++)
        {
            try
            {
                Assert.Equal(digest, await PullAsync(configuration, reference, "two"));
                return;
            }
            catch (LoamException) when (tries < 40)
            {
                await Task.Delay(50, Token);
            }
        }
    }

    [Theory]
    [InlineData("none")]
    [InlineData("404")]
    [InlineData("401")]
    [InlineData("403")]
    [InlineData("500")]
    [InlineData("503")]
    [InlineData("unreachable")]
    [InlineData("wrong blobs")]
    [InlineData("long blobs")]
    [InlineData("short blobs")]
    [InlineData("broken blobs")]
    [InlineData("no blobs")]
    [InlineData("stalled blobs")]
    [InlineData("html")]
    public async Task What_a_mirror_does_not_give_comes_from_the_next(string how)
    {
        await using var origin = InProcessRegistry.Start();
        await using var first = InProcessRegistry.Start();
        await using var second = InProcessRegistry.Start();
        var digest = Image().Push(origin, "team/app", "latest");
        Image().Push(first, "cache/team/app", "latest");
        var calls = 0;
        first.Script = call => how switch
        {
            "wrong blobs" when call.IsBlob => new Misbehaviour.WrongContent(),
            "long blobs" when call.IsBlob => new Misbehaviour.TooLong(5),
            "short blobs" when call.IsBlob => new Misbehaviour.Answer(200, "short"),
            "broken blobs" when call.IsBlob => Interlocked.Increment(ref calls) < 3 ? new Misbehaviour.Break(30) : new Misbehaviour.Break(0),
            "no blobs" when call.IsBlob => new Misbehaviour.Answer(404),
            "stalled blobs" when call.IsBlob => new Misbehaviour.Stall(0),
            "html" => new Misbehaviour.Answer(200, "<html>captive portal</html>", ("Content-Type", "text/html")),
            _ when int.TryParse(how, System.Globalization.CultureInfo.InvariantCulture, out var status) => new Misbehaviour.Answer(status),
            _ => null,
        };
        if (how == "unreachable")
        {
            await first.DisposeAsync();
        }

        var configuration = Configure(
            $$$"""{"registries":{"{{{origin.Host}}}":{"mirrors":["{{{second.Host}}}/empty","{{{first.Host}}}/cache"]} }"""
            + $$$""","network":{"retries":0,"stall_timeout_seconds":{{{(how == "stalled blobs" ? "0.5" : "30")}}}} }""");
        Assert.Equal(digest, await PullAsync(configuration, ImageReference.Parse($"{origin.Host}/team/app:latest"), "state"));
        Assert.All(second.Calls, call => Assert.StartsWith("/v2/empty/team/app/", call.Path, StringComparison.Ordinal));
        if (how == "none")
        {
            Assert.Empty(origin.Calls);
        }
        else
        {
            // Nobody pushes to a mirror, and after a failure that lasts nobody asks it again.
            Assert.Contains(origin.Calls, call => call.IsBlob);
            Assert.InRange(first.Calls.Count, how == "unreachable" ? 0 : 1, 12);
        }
    }

    [Fact]
    public async Task A_mirror_gets_its_own_credential_and_never_the_registrys()
    {
        await using var origin = InProcessRegistry.Start();
        await using var mirror = InProcessRegistry.Start();
        var digest = Image().Push(mirror, "team/app", "latest");
        var (ours, theirs) = ($"origin-{Guid.NewGuid():N}", $"mirror-{Guid.NewGuid():N}");
        Traffic.Keep(ours, origin.Host);
        Traffic.Keep(theirs, mirror.Host);
        mirror.Script = call => call.Authorization is null ? new Misbehaviour.Answer(401, "", ("WWW-Authenticate", "Basic realm=\"x\"")) : null;
        origin.Script = _ => new Misbehaviour.Answer(401, "", ("WWW-Authenticate", "Basic realm=\"x\""));
        var configuration = Configure($$$"""{"registries":{"{{{origin.Host}}}":{"mirrors":["{{{mirror.Host}}}"]} } }""");
        RegistryCredential Credential(string host) => new RegistryCredential.Basic("u", host == mirror.Host ? theirs : ours);
        var options = configuration.ToRegistryOptions() with { Credentials = (host, _, _) => ValueTask.FromResult<RegistryCredential?>(Credential(host)) };
        Assert.Equal(digest, await PullAsync(configuration, ImageReference.Parse($"{origin.Host}/team/app:latest"), "state", options));
        Assert.Empty(origin.Calls);
        Assert.Contains(mirror.Calls, call => call.Authorization is not null);
    }

    [Fact]
    public async Task A_registry_under_a_path_is_pulled_from_and_pushed_to()
    {
        await using var registry = await DockerRegistry.StartAsync(new DockerRegistrySettings { Prefix = "/some/path/" });
        await using var origin = InProcessRegistry.Start();
        var digest = new TestImage().Add(new TarAuthor().File("a", TestImage.Noise(5_000_000, 4)).End(), LayerForm.Tar).Push(origin, "app", "1");
        var configuration = Configure($$$"""{"registries":{"{{{registry.Host}}}":{"api":"http://{{{registry.Host}}}/some/path/v2"} } }""");
        var store = ImageStore.Open(_folder["pushed"]);
        using var client = new RegistryClient(configuration.ToRegistryOptions());
        await new ImagePuller(store, client).PullAsync(ImageReference.Parse($"{origin.Host}/app:1"), new PullOptions(), null, Token);
        var destination = ImageReference.Parse($"{registry.Host}/team/app:1");
        Assert.Equal(digest, (await new ImagePusher(store, client).PushAsync($"{origin.Host}/app:1", destination, new PushOptions(), null, Token)).Digest);
        Assert.Equal(digest, await PullAsync(configuration, destination, "state"));
        using var elsewhere = new RegistryClient(new RegistryOptions());
        Assert.Equal(ErrorClass.NotFound, (await Assert.ThrowsAsync<LoamException>(() => elsewhere.GetManifestAsync(destination, Token))).Code.Class);
    }

    private static TestImage Image() => new TestImage()
        .Add(new TarAuthor().File("a", TestImage.Noise(20_000, 1)).End())
        .Add(new TarAuthor().File("b", TestImage.Noise(300, 2)).End());

    private LoamConfiguration Configure(string json, string registriesConf = "")
    {
        Directory.CreateDirectory(_folder["config"]);
        File.WriteAllText(_folder["config/config.json"], json);
        File.WriteAllText(_folder["registries.conf"], registriesConf);
        return LoamConfiguration.Load(_folder["config"], name => name == "CONTAINERS_REGISTRIES_CONF" ? _folder["registries.conf"] : null);
    }

    private async Task<Digest> PullAsync(LoamConfiguration configuration, ImageReference reference, string state, RegistryOptions? options = null)
    {
        using var client = new RegistryClient((options ?? configuration.ToRegistryOptions()) with { RetryDelay = TimeSpan.FromMilliseconds(2) });
        var pulled = await new ImagePuller(ImageStore.Open(_folder[state]), client).PullAsync(reference, new PullOptions(), null, Token);
        return pulled.Image.Digest;
    }
}
