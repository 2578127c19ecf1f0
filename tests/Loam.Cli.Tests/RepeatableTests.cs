using System.Text.Json.Nodes;
using Loam.TestKit;

namespace Loam.Cli.Tests;

/// <summary>The same image gives the same disk, and what is here is not fetched again.</summary>
public sealed class RepeatableTests
{
    [Fact]
    public async Task Ten_pulls_in_any_order_of_arrival_give_the_same_disk()
    {
        await using var registry = InProcessRegistry.Start();
        Author(layers: 8).Push(registry, "app", "1");
        var sums = new HashSet<string>(StringComparer.Ordinal);
        for (var run = 0; run < 10; run++)
        {
            var random = new Random(run);
            registry.Script = call => call.IsBlob ? new Misbehaviour.Late(TimeSpan.FromMilliseconds(random.Next(200))) : null;
            using var folder = new TemporaryFolder();
            var pulled = Pull(registry, folder["state"], "--jobs", $"{1 + run % 5}");
            sums.Add((string)pulled["sha256"]!);
            Assert.StartsWith(sums.Single(), Tools.Check("sha256sum", (string)pulled["output_path"]!), StringComparison.Ordinal);
        }

        Assert.Single(sums);
    }

    [Fact]
    public async Task A_second_pull_asks_once_and_writes_nothing()
    {
        await using var registry = InProcessRegistry.Start();
        Author(layers: 3).Push(registry, "app", "1");
        using var folder = new TemporaryFolder();
        Pull(registry, folder["state"]);
        var before = Snapshot(folder["state"]);
        registry.ForgetCalls();
        var again = Pull(registry, folder["state"]);
        Assert.True((bool)again["up_to_date"]!);
        Assert.True(Assert.Single(registry.Calls).IsManifest);
        Assert.Equal(before, Snapshot(folder["state"]));
    }

    [Fact]
    public async Task What_a_digest_names_and_is_here_needs_no_registry()
    {
        await using var store = new StoreFixture();
        store.Pull(store.AppName);
        var (pinned, elsewhere) = ($"{store.Registry.Host}/team/app@{store.App}", $"{store.Registry.Host}/team/other@{store.App}");
        store.Registry.ForgetCalls();
        var built = JsonNode.Parse(store.Check("rootfs", "build", "--image", pinned, "--out", store.Folder["disk"], "--json"))!;
        Assert.Equal(store.App.ToString(), (string)built["digest"]!);
        Assert.Equal(pinned, (string)store.Json("pull", pinned)["resolved_ref"]!);
        Assert.Empty(store.Registry.Calls);

        // What a repository never gave, it is asked for; and so it is by --force.
        Assert.Equal("manifest_unknown", store.Fail("pull", elsewhere).Code);
        store.Check("pull", "--force", pinned);
        Assert.Contains(store.Registry.Calls, call => call.IsManifest && call.Path.Contains("team/app", StringComparison.Ordinal));

        // Nor is what is here taken for good if it is not.
        store.Registry.ForgetCalls();
        await File.WriteAllTextAsync(Path.Combine(store.Images, "oci", "blobs", "sha256", store.App.Hex), "damaged", TestContext.Current.CancellationToken);
        store.Check("rootfs", "build", "--image", pinned, "--out", store.Folder["again"]);
        Assert.True(Assert.Single(store.Registry.Calls).IsManifest);
    }

    [Fact]
    public async Task Pulls_at_once_fetch_each_blob_once()
    {
        await using var registry = InProcessRegistry.Start();
        var shared = Layer(1, 3_000_000);
        foreach (var name in (string[])["a", "b", "c"])
        {
            new TestImage().Add(shared).Add(Layer(name[0], 500_000)).Push(registry, name, "1");
        }

        using var folder = new TemporaryFolder();
        var running = new List<System.Diagnostics.Process>();
        foreach (var name in (string[])["a", "b", "c", "a", "b", "c"])
        {
            running.Add(LoamBinary.Start("pull", "-q", $"{registry.Host}/{name}:1", "--state-dir", folder["state"]));
        }

        foreach (var process in running)
        {
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(0, process.ExitCode);
            process.Dispose();
        }

        var fetched = registry.Calls.Where(call => call.IsBlob).GroupBy(call => call.Path, StringComparer.Ordinal).ToList();
        var layers = new[] { shared, Layer('a', 500_000), Layer('b', 500_000), Layer('c', 500_000) };
        foreach (var layer in layers)
        {
            var digest = Digest.Sha256(TestImage.Compress(layer, LayerForm.Gzip)).ToString();
            Assert.Single(fetched.Single(group => group.Key.EndsWith(digest, StringComparison.Ordinal)));
        }

        var list = JsonNode.Parse(LoamBinary.Check("image", "list", "--json", "--state-dir", folder["state"]))!["images"]!.AsArray();
        Assert.Equal(3, list.Count);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(folder["state"], "images", "ingest")));
    }

    internal static byte[] Layer(int seed, int bytes) => new TarAuthor()
        .File($"noise-{seed}", TestImage.Noise(bytes, seed)).File("same", $"{seed}").Directory($"d{seed}").File($"d{seed}/small", "x").End();

    internal static TestImage Author(int layers)
    {
        var image = new TestImage();
        for (var i = 0; i < layers; i++)
        {
            image.Add(Layer(i, 300_000 * (1 + i % 3)), (LayerForm)(i % 3));
        }

        return image;
    }

    private static JsonNode Pull(InProcessRegistry registry, string state, params string[] more) =>
        JsonNode.Parse(LoamBinary.Check(["pull", "--json", $"{registry.Host}/app:1", "--state-dir", state, .. more]))!;

    private static string Snapshot(string folder) =>
        Tools.Check("bash", "-c", $"cd '{folder}' && find . -printf '%p %i %s %T@ %C@\\n' | sort");
}
