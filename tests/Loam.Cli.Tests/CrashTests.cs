using System.Globalization;
using System.Text.Json.Nodes;
using Loam.TestKit;

namespace Loam.Cli.Tests;

/// <summary>Many processes on one store, killed and not.</summary>
public sealed class CrashTests
{
    /// <summary>How many kills: few here, thousands from <c>.ci/soak</c>.</summary>
    private static int Kills =>
        int.TryParse(Environment.GetEnvironmentVariable("LOAM_SOAK_KILLS"), NumberStyles.None, CultureInfo.InvariantCulture, out var kills) ? kills : 40;

    [Fact]
    public async Task Killed_processes_leave_every_visible_name_whole()
    {
        await using var driver = new CrashDriver();
        await driver.RunAsync(Kills, seed: 5);
    }

    [Fact]
    public async Task Prune_never_takes_what_a_pull_counts_on()
    {
        await using var store = new StoreFixture();
        store.Pull(store.AppName, store.ToolName);
        for (var round = 0; round < 6; round++)
        {
            // Layers lie here without a name, so that prune wants them while the pulls find them.
            store.Check("image", "delete", store.AppName);
            store.Check("image", "delete", store.ToolName);
            string[][] commands =
            [
                ["pull", "-q", store.AppName],
                ["image", "prune", "--delete", "--yes"],
                ["pull", "-q", store.ToolName],
                ["image", "prune", "--delete", "--yes"],
            ];
            var running = commands.Select(command => LoamBinary.Start([.. command, "--state-dir", store.State])).ToList();
            foreach (var process in running)
            {
                await process.WaitForExitAsync(TestContext.Current.CancellationToken);
                Assert.Equal(0, process.ExitCode);
                process.Dispose();
            }

            Assert.Equal([store.AppName, store.ToolName], store.Names());
            store.Check("store", "check");
        }
    }

    [Fact]
    public async Task Names_set_at_once_are_all_there()
    {
        await using var store = new StoreFixture();
        store.Pull(store.AppName);
        var tagging = Enumerable.Range(0, 12).Select(
            number => LoamBinary.Start("image", "tag", store.AppName, $"local/n:{number}", "--state-dir", store.State)).ToList();
        foreach (var process in tagging)
        {
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(0, process.ExitCode);
            process.Dispose();
        }

        Assert.Equal(13, store.Json("image", "list")["images"]!.AsArray().Count);
    }

    [Fact]
    public async Task Ten_thousand_names_are_listed_tagged_and_pulled_from()
    {
        await using var store = new StoreFixture();
        store.Pull(store.AppName);
        var path = Path.Combine(store.Images, "oci", "index.json");
        var index = JsonNode.Parse(await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken))!;
        var names = index["manifests"]!.AsArray();
        for (var number = 0; number < 10_000; number++)
        {
            var copy = names[0]!.DeepClone();
            copy["annotations"]!["org.opencontainers.image.ref.name"] = $"example.org/many/app{number}:1";
            names.Add(copy);
        }

        await File.WriteAllTextAsync(path, index.ToJsonString(), TestContext.Current.CancellationToken);
        Assert.Equal(10_001, store.Check("images", "-q").Trim().Split('\n').Length);
        store.Check("image", "tag", "app77:1", "local/x");
        Assert.Equal(10_002, store.Names().Count);
        Assert.True((bool)store.Json("pull", store.AppName)["up_to_date"]!);
        store.Check("rmi", "local/x");
        Assert.Equal(1, store.Disks());
    }
}
