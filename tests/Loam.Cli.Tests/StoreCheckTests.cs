using System.Text.Json.Nodes;
using Loam.TestKit;

namespace Loam.Cli.Tests;

/// <summary>Damage is found wherever it is, moved aside, and fixed where its source is known.</summary>
public sealed class StoreCheckTests
{
    [Fact]
    public async Task Each_kind_of_damage_is_found_and_fixed()
    {
        await using var store = new StoreFixture();
        store.Pull(store.AppName, store.ToolName);
        store.Check("image", "tag", store.AppName, "local/app:2");
        var report = store.Json("store", "check");
        Assert.True((bool)report["whole"]!);
        var files = Directory.EnumerateFiles(store.Images, "*", SearchOption.AllDirectories).Where(
            file => file.Contains("/blobs/", StringComparison.Ordinal) || file.EndsWith(".ext4", StringComparison.Ordinal));
        Assert.Equal(files.Sum(file => new FileInfo(file).Length), (long)report["bytes_read"]!);
        var layer = Digest.Sha256(TestImage.Compress(StoreFixture.Base, LayerForm.Gzip));
        var blobs = Path.Combine(store.Images, "oci", "blobs", "sha256");
        Flip(Path.Combine(blobs, layer.Hex));
        File.Delete(Path.Combine(blobs, store.App.Hex));
        Flip(Path.Combine(store.Images, $"sha256-{store.Tool.Hex}", "rootfs.ext4"));
        await File.WriteAllBytesAsync(Path.Combine(blobs, Digest.Sha256("unneeded"u8).Hex), "other"u8.ToArray(), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(blobs, "stray"), "x", TestContext.Current.CancellationToken);

        var found = store.Run("--json", "store", "check");
        Assert.Equal(7, found.ExitCode);
        var problems = JsonNode.Parse(found.Output)!["problems"]!.AsArray();
        Assert.Equal(
            ["blob_damaged", "blob_damaged", "blob_missing", "disk_damaged", "unknown_file"],
            problems.Select(problem => (string)problem!["kind"]!));
        var shared = problems.Single(problem => (string)problem!["name"]! == layer.ToString())!;
        Assert.Equal([store.ToolName], shared["images"]!.AsArray().Select(image => (string)image!));
        Assert.Equal(
            [store.AppName, "docker.io/local/app:2"],
            problems.Single(problem => (string)problem!["kind"]! == "blob_missing")!["images"]!.AsArray().Select(image => (string)image!));

        // All but the disk is fixed; the next pull builds that again, from the blobs in the store.
        var repaired = store.Run("--json", "store", "check", "--repair");
        Assert.Equal(7, repaired.ExitCode);
        Assert.Equal("disk_damaged", (string)JsonNode.Parse(repaired.Output)!["problems"]!.AsArray().Single(problem => !(bool)problem!["mended"]!)!["kind"]!);
        Assert.Equal(4, Directory.EnumerateFileSystemEntries(Path.Combine(store.Images, "quarantine")).Count());
        store.Registry.ForgetCalls();
        store.Pull(store.ToolName);
        Assert.DoesNotContain(store.Registry.Calls, call => call.IsBlob);
        Assert.True((bool)store.Json("store", "check")["whole"]!);
        store.Check("image", "prune", "--delete", "--yes");
        Assert.False(Directory.Exists(Path.Combine(store.Images, "quarantine")));
    }

    [Fact]
    public async Task A_damaged_index_is_made_anew_from_the_disks()
    {
        await using var store = new StoreFixture();
        store.Pull(store.AppName, store.ToolName);
        var before = store.Check("--json", "image", "list");
        await File.WriteAllTextAsync(Path.Combine(store.Images, "oci", "index.json"), "{\"manifests\":", TestContext.Current.CancellationToken);
        Assert.Equal((7, "store_damaged"), (store.Fail("image", "list").Exit, store.Fail("image", "list").Code));
        Assert.Equal(7, store.Run("store", "check").ExitCode);
        store.Check("store", "check", "--repair");
        Assert.Equal(before, store.Check("--json", "image", "list"));
    }

    [Fact]
    public async Task What_cannot_be_fetched_stays_a_failure()
    {
        await using var store = new StoreFixture();
        store.Pull(store.AppName);
        var config = (string)JsonNode.Parse(
            Tools.Filter(LoamBinary.Path, ["image", "inspect", store.AppName, "--raw", "--state-dir", store.State], []))!["config"]!["digest"]!;
        var path = Path.Combine(store.Images, "oci", "blobs", "sha256", config["sha256:".Length..]);
        Flip(path);
        store.Registry.Script = call => call.IsBlob ? new Misbehaviour.Answer(404, "{}") : null;
        Assert.Equal(7, store.Run("store", "check", "--repair").ExitCode);
        Assert.False(File.Exists(path));
        store.Registry.Script = _ => null;
        store.Check("store", "check", "--repair");
        Assert.True(File.Exists(path));
    }

    [Fact]
    public async Task Du_adds_up()
    {
        await using var store = new StoreFixture();
        store.Pull(store.AppName, store.ToolName);
        var usage = store.Json("store", "du");
        Assert.Equal(2, (int)usage["images"]!);
        Assert.Equal((7, 2), ((int)usage["blobs"]!["count"]!, (int)usage["disks"]!["count"]!));
        Assert.Equal(0, (long)usage["total"]!["reclaimable_bytes"]!);
        var own = long.Parse(
            Tools.Check(
                "bash",
                "-c",
                $"find '{store.Images}/oci/blobs' '{store.Images}'/sha256-* -type f -printf '%b\\n' | awk '{{ s += $1 }} END {{ print s * 512 }}'").Trim(),
            System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(own, (long)usage["total"]!["disk_bytes"]!);
    }

    private static void Flip(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
        var at = file.Length / 2;
        file.Position = at;
        var b = file.ReadByte();
        file.Position = at;
        file.WriteByte((byte)(b ^ 1));
    }
}
