using System.Text;
using System.Text.Json.Nodes;
using Loam.TestKit;

namespace Loam.Tests;

/// <summary>Pushes to Debian's registry.</summary>
public sealed class PushTests
{
    private static readonly RegistryOptions Quick = new() { RetryDelay = TimeSpan.FromMilliseconds(5), StallTimeout = TimeSpan.FromSeconds(20) };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_pushed_has_its_digests_and_is_pushed_once()
    {
        using var folder = new TemporaryFolder();
        await using var registry = await DockerRegistry.StartAsync();
        var (store, image, digest) = await PullAsync(folder["state"], layerBytes: 9_000_000);
        using var client = new RegistryClient(Quick);
        var pusher = new ImagePusher(store, client);
        var first = await pusher.PushAsync(image, ImageReference.Parse($"{registry.Host}/team/app:1"), new PushOptions(), null, Token);
        Assert.Equal((digest, 3, 0, 0), (first.Digest, first.Uploaded, first.Mounted, first.Present));
        Assert.Equal(
            digest.ToString(),
            Tools.Check("skopeo", "inspect", "--tls-verify=false", "--format", "{{.Digest}}", $"docker://{registry.Host}/team/app:1").Trim());
        Tools.Check("skopeo", "copy", "-q", "--src-tls-verify=false", "--preserve-digests", $"docker://{registry.Host}/team/app:1", $"dir:{folder["copy"]}");
        Assert.Equal(digest, Digest.Sha256(await File.ReadAllBytesAsync(Path.Combine(folder["copy"], "manifest.json"), Token)));

        var again = await pusher.PushAsync(image, ImageReference.Parse($"{registry.Host}/team/app:1"), new PushOptions(), null, Token);
        Assert.Equal((0, 0L, 3), (again.Uploaded, again.UploadedBytes, again.Present));

        // Once it is known here under its new name, a sibling repository can take it over.
        var puller = new ImagePuller(store, client);
        await puller.PullAsync(ImageReference.Parse($"{registry.Host}/team/app:1"), new PullOptions(), null, Token);
        var mounted = await pusher.PushAsync(image, ImageReference.Parse($"{registry.Host}/team/other:2"), new PushOptions(), null, Token);
        Assert.Equal((0, 3, 0), (mounted.Uploaded, mounted.Mounted, mounted.Present));
        var tags = new List<string>();
        await foreach (var tag in client.ListTagsAsync(ImageReference.Parse($"{registry.Host}/team/other"), Token))
        {
            tags.Add(tag);
        }

        Assert.Equal(["2"], tags);
    }

    [Fact]
    public async Task A_second_push_and_one_to_a_sibling_repository_send_no_byte_of_a_blob()
    {
        using var folder = new TemporaryFolder();
        await using var registry = await DockerRegistry.StartAsync();
        await using var gate = InProcessRegistry.Start();
        gate.Script = _ => new Misbehaviour.Forward(registry.Host);
        var (store, image, digest) = await PullAsync(folder["state"], layerBytes: 5_000_000);
        using var client = new RegistryClient(Quick);
        var pusher = new ImagePusher(store, client);
        var app = ImageReference.Parse($"{gate.Host}/team/app:1");
        await pusher.PushAsync(image, app, new PushOptions(), null, Token);
        Assert.InRange(gate.Calls.Where(call => call.IsBlob).Sum(call => call.Body.Length), 5_000_000, 5_100_000);
        gate.ForgetCalls();
        await pusher.PushAsync(image, app, new PushOptions(), null, Token);
        Assert.All(gate.Calls, call => Assert.Equal("HEAD", call.Method));
        Assert.Equal(4, gate.Calls.Count);

        await new ImagePuller(store, client).PullAsync(app, new PullOptions(), null, Token);
        gate.ForgetCalls();
        var mounted = await pusher.PushAsync(image, ImageReference.Parse($"{gate.Host}/team/sibling:1"), new PushOptions(), null, Token);
        Assert.Equal((digest, 3), (mounted.Digest, mounted.Mounted));
        Assert.Equal(0, gate.Calls.Where(call => call.IsBlob).Sum(call => call.Body.Length));
        Assert.Equal(["HEAD", "PUT"], gate.Calls.Where(call => call.IsManifest).Select(call => call.Method));
    }

    [Fact]
    public async Task An_index_travels_with_all_its_platforms_and_children_go_first()
    {
        using var folder = new TemporaryFolder();
        await using var registry = await DockerRegistry.StartAsync();
        await using var gate = InProcessRegistry.Start();
        await using var origin = InProcessRegistry.Start();
        gate.Script = _ => new Misbehaviour.Forward(registry.Host);
        var platforms = new JsonArray();
        foreach (var architecture in (string[])["amd64", "arm64"])
        {
            var image = new TestImage { Architecture = architecture }.Add(new TarAuthor().File(architecture, "x").End());
            image.Push(origin, "app", tag: null);
            platforms.Add(new JsonObject
            {
                ["mediaType"] = TestImage.ManifestType,
                ["digest"] = Digest.Sha256(image.Manifest).ToString(),
                ["size"] = image.Manifest.Length,
                ["platform"] = new JsonObject { ["os"] = "linux", ["architecture"] = architecture },
            });
        }

        var index = Encoding.UTF8.GetBytes(
            new JsonObject { ["schemaVersion"] = 2, ["mediaType"] = TestArchives.OciIndex, ["manifests"] = platforms }.ToJsonString());
        origin.AddManifest("app", "1", TestArchives.OciIndex, index);
        var store = ImageStore.Open(folder["state"]);
        using var client = new RegistryClient(Quick);
        var name = ImageReference.Parse($"{origin.Host}/app:1");
        var destination = ImageReference.Parse($"{gate.Host}/team/app:1");
        await new ImagePuller(store, client).PullAsync(name, new PullOptions { Platform = Platform.Parse("linux/amd64") }, null, Token);
        var pusher = new ImagePusher(store, client);
        await Assert.ThrowsAsync<LoamException>(() => pusher.PushAsync(name.ToString(), destination, new PushOptions { AllPlatforms = true }, null, Token));
        Assert.Empty(gate.Calls);
        await new ImagePuller(store, client).PullAsync(name, new PullOptions { Platform = Platform.Parse("linux/arm64") }, null, Token);
        var pushed = await pusher.PushAsync(name.ToString(), destination, new PushOptions { AllPlatforms = true }, null, Token);
        Assert.Equal(Digest.Sha256(index), pushed.Digest);
        var puts = gate.Calls.Where(call => call.Method == "PUT").Select(call => call.Path).ToList();
        Assert.EndsWith("/manifests/1", puts[^1], StringComparison.Ordinal);
        Assert.Equal(3, puts.SkipWhile(path => !path.Contains("/manifests/", StringComparison.Ordinal)).Count());
        Tools.Check(
            "skopeo", "copy", "-q", "--all", "--src-tls-verify=false", "--preserve-digests", $"docker://{registry.Host}/team/app:1", $"dir:{folder["copy"]}");
        Assert.Equal(index, await File.ReadAllBytesAsync(Path.Combine(folder["copy"], "manifest.json"), Token));
    }

    [Fact]
    public async Task Thirty_breaks_do_not_keep_a_push_from_ending()
    {
        using var folder = new TemporaryFolder();
        await using var registry = await DockerRegistry.StartAsync();
        var (store, image, digest) = await PullAsync(folder["state"], layerBytes: 100_000_000);
        var random = new Random(11);
        await using var proxy = new BreakingProxy(registry.Host, Enumerable.Range(0, 30).Select(_ => random.NextInt64(20_000, 90_000_000)));
        using var client = new RegistryClient(Quick);
        var pushed = await new ImagePusher(store, client).PushAsync(
            image, ImageReference.Parse($"{proxy.Host}/app:1"), new PushOptions { Jobs = 2 }, null, Token);
        Assert.Equal(digest, pushed.Digest);
        Tools.Check("skopeo", "copy", "-q", "--src-tls-verify=false", "--preserve-digests", $"docker://{registry.Host}/app:1", $"dir:{folder["copy"]}");
        Assert.InRange(proxy.Left, 0, 5);
    }

    [Fact]
    public async Task What_does_not_verify_is_not_pushed()
    {
        using var folder = new TemporaryFolder();
        await using var registry = await DockerRegistry.StartAsync();
        var (store, image, _) = await PullAsync(folder["state"], layerBytes: 200_000);
        var blob = Directory.EnumerateFiles(Path.Combine(store.LayoutPath, "blobs", "sha256")).MaxBy(path => new FileInfo(path).Length)!;
        var content = await File.ReadAllBytesAsync(blob, Token);
        content[100] ^= 1;
        await File.WriteAllBytesAsync(blob, content, Token);
        using var client = new RegistryClient(Quick);
        var error = await Assert.ThrowsAsync<LoamException>(() =>
            new ImagePusher(store, client).PushAsync(image, ImageReference.Parse($"{registry.Host}/app:1"), new PushOptions(), null, Token));
        Assert.Equal(ErrorCodes.StoreDamaged, error.Code);
        Assert.Equal(ErrorCodes.RepositoryUnknown, (await Assert.ThrowsAsync<LoamException>(() =>
            client.ListTagsAsync(ImageReference.Parse($"{registry.Host}/app"), Token).GetAsyncEnumerator(Token).MoveNextAsync().AsTask())).Code);
    }

    /// <summary>An image of two layers in a store, from a registry that is gone afterwards.</summary>
    private static async Task<(ImageStore Store, string Image, Digest Digest)> PullAsync(string state, int layerBytes)
    {
        await using var origin = InProcessRegistry.Start();
        var digest = new TestImage()
            .Add(new TarAuthor().File("small", TestImage.Noise(100, 1)).End())
            .Add(new TarAuthor().File("large", TestImage.Noise(layerBytes, 2)).End(), LayerForm.Tar)
            .Push(origin, "app", "1");
        var store = ImageStore.Open(state);
        using var client = new RegistryClient(Quick);
        var reference = ImageReference.Parse($"{origin.Host}/app:1");
        await new ImagePuller(store, client).PullAsync(reference, new PullOptions(), null, Token);
        return (store, reference.ToString(), digest);
    }
}
