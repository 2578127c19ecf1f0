using System.Text.Json.Nodes;
using Loam.TestKit;

namespace Loam.Cli.Tests;

/// <summary>A real system's disk becomes an image again.</summary>
public sealed class CommitDebianTests(DebianImage image) : IClassFixture<DebianImage>
{
    private const long MostMemory = 150_000_000;

    [Fact]
    public async Task It_takes_little_memory_and_is_the_same_again()
    {
        image.Require();
        using var folder = new TemporaryFolder();
        var disk = LoamBinary.Check("pull", "-q", image.Reference, "--state-dir", folder["state"]).Trim();
        foreach (var options in (string[][])[["local/whole:1"], ["local/layered:1", "--layered", "--base", image.Reference]])
        {
            using var commit = LoamBinary.Start(["commit", "--from-disk", disk, "-q", "--state-dir", folder["state"], .. options]);
            Assert.InRange(await PeakMemory.WatchAsync(commit), 1, MostMemory);
            Assert.Equal(0, commit.ExitCode);
        }

        // Nothing has changed, so the layered image has its base's layers and no more; and the other is the same tree.
        Assert.Equal(Layers(folder, image.Reference), Layers(folder, "local/layered:1"));
        Assert.Single(Layers(folder, "local/whole:1"));
        Assert.Equal("", LoamBinary.Check("image", "diff", image.Reference, "local/whole:1", "-q", "--state-dir", folder["state"]).Trim());
    }

    private static List<string> Layers(TemporaryFolder folder, string name) =>
        [.. JsonNode.Parse(LoamBinary.Check("image", "inspect", name, "--json", "--state-dir", folder["state"]))!["layers"]!.AsArray().Select(layer => (string)layer!["digest"]!)];
}
