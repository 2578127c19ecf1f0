using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Loam.TestKit;

namespace Loam.Cli.Tests;

/// <summary>Pulls killed at any moment leave nothing half-done in sight, and the next pull ends well.</summary>
public sealed class KillTests
{
    private const int Kills = 200;

    /// <summary>128 and the number of SIGKILL.</summary>
    internal const int KilledCode = 137;

    [Fact]
    public async Task Two_hundred_kills_leave_only_whole_things()
    {
        await using var registry = InProcessRegistry.Start();
        var images = new List<TestImage>();
        for (var i = 0; i < 4; i++)
        {
            images.Add(new TestImage().Add(RepeatableTests.Layer(100, 4_000_000)).Add(RepeatableTests.Layer(i, 8_000_000), LayerForm.Tar));
            images[i].Push(registry, $"app{i}", "1");
        }

        var whole = await MeasureAsync(registry);
        var random = new Random(7);
        using var folder = new TemporaryFolder();
        for (int kill = 0, tries = 0; kill < Kills; tries++)
        {
            Assert.True(tries < 3 * Kills, $"only {kill} of {tries} pulls were still running when they were killed");
            if (tries % 20 == 0)
            {
                Directory.CreateDirectory(folder["state"]);
                Directory.Delete(folder["state"], recursive: true);
            }

            using var process = LoamBinary.Start("pull", "--force", $"{registry.Host}/app{tries % 4}:1", "--state-dir", folder["state"]);
            await Task.Delay(TimeSpan.FromMilliseconds(random.NextDouble() * whole.TotalMilliseconds), TestContext.Current.CancellationToken);
            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            AssertWhole(folder["state"], kill);

            // One that had ended by itself is no kill; the next is killed sooner.
            if (process.ExitCode == KilledCode)
            {
                kill++;
            }
            else
            {
                whole *= 0.95;
            }
        }

        foreach (var i in Enumerable.Range(0, 4))
        {
            LoamBinary.Check("pull", "-q", $"{registry.Host}/app{i}:1", "--state-dir", folder["state"]);
        }

        AssertWhole(folder["state"], Kills);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(folder["state"], "images", "ingest")));
        Assert.Equal(4, JsonNode.Parse(LoamBinary.Check("image", "list", "--json", "--state-dir", folder["state"]))!["images"]!.AsArray().Count);
    }

    [Fact]
    public async Task A_killed_pull_is_gone_on_with_where_it_stopped()
    {
        await using var registry = InProcessRegistry.Start();
        var layer = RepeatableTests.Layer(1, 6_000_000);
        new TestImage().Add(layer, LayerForm.Tar).Push(registry, "app", "1");
        var stalled = 4_000_000L;
        registry.Script = call =>
            call.IsBlob && call.Path.EndsWith(Digest.Sha256(layer).ToString(), StringComparison.Ordinal) ? new Misbehaviour.Stall(stalled) : null;
        using var folder = new TemporaryFolder();
        using (var process = LoamBinary.Start("pull", $"{registry.Host}/app:1", "--state-dir", folder["state"]))
        {
            var part = Path.Combine(folder["state"], "images", "ingest", $"sha256-{Digest.Sha256(layer).Hex}.part");
            for (var tries = 0; !(File.Exists(part) && new FileInfo(part).Length >= stalled); tries++)
            {
                Assert.True(tries < 400, "the download did not come so far");
                await Task.Delay(25, TestContext.Current.CancellationToken);
            }

            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        registry.Script = _ => null;
        registry.ForgetCalls();
        LoamBinary.Check("pull", "-q", $"{registry.Host}/app:1", "--state-dir", folder["state"]);
        var resumed = registry.Calls.Single(call => call.Path.EndsWith(Digest.Sha256(layer).ToString(), StringComparison.Ordinal));
        Assert.Equal(stalled, resumed.From);
    }

    private static async Task<TimeSpan> MeasureAsync(InProcessRegistry registry)
    {
        using var folder = new TemporaryFolder();
        var watch = Stopwatch.StartNew();
        using var process = LoamBinary.Start("pull", "--force", $"{registry.Host}/app0:1", "--state-dir", folder["state"]);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return watch.Elapsed;
    }

    internal static void AssertWhole(string state, int kill)
    {
        var images = Path.Combine(state, "images");
        var blobs = Path.Combine(images, "oci", "blobs", "sha256");
        if (!Directory.Exists(blobs))
        {
            return;
        }

        foreach (var blob in Directory.EnumerateFiles(blobs))
        {
            Assert.True(Digest.Sha256(File.ReadAllBytes(blob)).Hex == Path.GetFileName(blob), $"kill {kill}: blob {blob} is not whole");
        }

        foreach (var disk in Directory.EnumerateDirectories(images, "sha256-*"))
        {
            var record = JsonNode.Parse(File.ReadAllText(Path.Combine(disk, "disk.json")))!;
            using var content = File.OpenRead(Path.Combine(disk, "rootfs.ext4"));
            var sum = Convert.ToHexStringLower(SHA256.HashData(content));
            Assert.True((string)record["disk"]!["sha256"]! == sum, $"kill {kill}: disk {disk} is not whole");
        }

        var index = Path.Combine(images, "oci", "index.json");
        if (File.Exists(index))
        {
            foreach (var manifest in JsonNode.Parse(File.ReadAllText(index))!["manifests"]!.AsArray())
            {
                var digest = (string)manifest!["digest"]!;
                Assert.True(File.Exists(Path.Combine(blobs, digest["sha256:".Length..])), $"kill {kill}: a name leads to nothing");
            }
        }
    }
}
