using Loam.TestKit;

namespace Loam.Cli.Tests;

/// <summary>What takes longer than a second says so on stderr.</summary>
public sealed class WaitingTests
{
    [Theory]
    [InlineData("images/store.lock", "image prune", false)]
    [InlineData("images/store.lock", "image prune -q", true)]
    [InlineData("images/store.lock", "image prune --json", true)]
    [InlineData("images/store.lock", "image prune --format json", true)]
    [InlineData("images/ingest/index.lock", "image tag {app} local/x", false)]
    public async Task A_command_says_what_it_waits_for(string name, string command, bool silent)
    {
        Tools.Require("flock");
        await using var store = new StoreFixture();
        store.Pull(store.AppName);
        var file = Path.Combine(store.State, name);
        var ready = store.Folder["ready"];
        var holding = Task.Run(() => Tools.Check("flock", file, "sh", "-c", $"touch {ready}; sleep 3"), TestContext.Current.CancellationToken);
        while (!File.Exists(ready))
        {
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        var result = store.Run(command.Replace("{app}", store.AppName, StringComparison.Ordinal).Split(' '));
        Assert.True(result.ExitCode == 0, result.All);
        Assert.Equal(silent ? "" : $"loam: waiting for another command that holds {file}\n", result.Error);
        await holding;
    }

    [Fact]
    public async Task Reading_through_layers_and_disks_shows_how_far_it_has_come()
    {
        await using var store = new StoreFixture();
        store.Pull(store.AppName, store.ToolName);
        Assert.Contains("layer 2 ", store.Run("image", "inspect", "--tree", store.AppName).Error, StringComparison.Ordinal);

        // The layer that both images have is told once, and each one's own.
        Assert.Equal(3, store.Run("image", "diff", store.AppName, store.ToolName).Error.Split(": read").Length - 1);
        Assert.Equal("", store.Run("image", "diff", store.AppName, store.ToolName, "--format", "json").Error);
        Assert.Contains("store: hashed", store.Run("store", "check").Error, StringComparison.Ordinal);
        foreach (var copy in new[] { store.Run("create", "one", "--image", store.AppName), store.Run("clone", "one", "two") })
        {
            // Where the host shares blocks, there is nothing to wait for.
            Assert.Contains(copy.Output.Contains("blocks are shared", StringComparison.Ordinal) ? "" : "disk: copied", copy.Error, StringComparison.Ordinal);
        }

        var disk = Path.Combine(store.Images, $"sha256-{store.App.Hex}", "rootfs.ext4");
        Assert.Contains("disk: read", LoamBinary.Run("rootfs", "export", disk, "-o", store.Folder["out.tar"]).Error, StringComparison.Ordinal);
        Assert.Equal("", store.Run("store", "check", "-q").Error);
    }
}
