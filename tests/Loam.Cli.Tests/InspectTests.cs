using System.Text.Json.Nodes;
using Loam.TestKit;

namespace Loam.Cli.Tests;

/// <summary>What is told of an image, of its layers, and of the difference between two.</summary>
public sealed class InspectTests
{
    [Fact]
    public async Task Everything_known_of_an_image_is_told()
    {
        await using var store = new StoreFixture();
        var image = new TestImage
        {
            Labels = { ["vendor"] = "ACME" },
            History = { ("ADD base", true), ("ENV x=y", false), ("COPY app", true) },
        }.Add(StoreFixture.Base).Add(StoreFixture.Top, LayerForm.Tar);
        var digest = image.Push(store.Registry, "told", "1");
        var name = $"{store.Registry.Host}/told:1";
        store.Pull(name).Check("image", "tag", name, "local/told:2");
        store.AddWorkspace("w", "local/told:2", disk: null);
        var told = store.Json("image", "inspect", name);
        var listed = store.Json("image", "list", "--filter", "*/told:1")["images"]![0]!.AsObject();
        foreach (var (field, value) in listed)
        {
            Assert.Equal(value!.ToJsonString(), told[field]!.ToJsonString());
        }

        Assert.Equal(digest.ToString(), (string)told["digest"]!);
        Assert.Equal([name, "docker.io/local/told:2"], told["names"]!.AsArray().Select(one => (string)one!));
        Assert.Empty(told["used_by"]!.AsArray());
        Assert.Equal(["w"], store.Json("image", "inspect", "local/told:2")["used_by"]!.AsArray().Select(one => (string)one!));
        var layers = told["layers"]!.AsArray();
        Assert.Equal([StoreFixture.Base.Length, StoreFixture.Top.Length], layers.Select(layer => (int)layer!["uncompressed_bytes"]!));
        Assert.Equal(
            [TestImage.Compress(StoreFixture.Base, LayerForm.Gzip).Length, StoreFixture.Top.Length], layers.Select(layer => (int)layer!["size_bytes"]!));
        Assert.Equal(["ADD base", "COPY app"], layers.Select(layer => (string)layer!["created_by"]!));
        Assert.Equal([0, null, 1], told["history"]!.AsArray().Select(step => (int?)step!["layer"]));
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(image.Manifest), told["manifest"]));
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(image.Config), told["config"]));
        Assert.Equal(64, ((string)told["disk"]!["sha256"]!).Length);

        Assert.Equal(image.Manifest, Tools.Filter(LoamBinary.Path, ["image", "inspect", name, "--raw", "--state-dir", store.State], []));
        Assert.Equal(image.Config, Tools.Filter(LoamBinary.Path, ["image", "inspect", name, "--config", "--state-dir", store.State], []));
        var sheet = store.Check("image", "inspect", name);
        Assert.Contains("vendor=ACME", sheet, StringComparison.Ordinal);
        Assert.Contains(new string('█', 20), sheet, StringComparison.Ordinal);
        Assert.Contains("ENV x=y", sheet, StringComparison.Ordinal);

        // Without the disk's record, lengths are found by inflating.
        File.Delete(Path.Combine(store.Images, $"sha256-{digest.Hex}", "disk.json"));
        Assert.Equal(StoreFixture.Base.Length, (int)store.Json("image", "inspect", name)["layers"]![0]!["uncompressed_bytes"]!);
    }

    [Fact]
    public async Task The_tree_tells_what_each_layer_does_and_wastes()
    {
        await using var store = new StoreFixture();
        store.Pull(store.AppName);
        var tree = store.Json("image", "inspect", store.AppName, "--tree");
        var layers = tree["layers"]!.AsArray();
        Assert.Equal(305_004, (long)layers[0]!["added_bytes"]!);
        Assert.Equal(0, (long)layers[0]!["wasted_bytes"]!);
        Assert.Equal(305_000, (long)layers[1]!["wasted_bytes"]!);
        Assert.Equal(305_000, (long)tree["wasted_bytes"]!);
        Assert.Equal(
            ["changed etc/motd", "added opt", "added opt/app", "removed usr/big"],
            layers[1]!["changes"]!.AsArray().Select(change => $"{change!["change"]} {change["path"]}"));
        Assert.Equal(["content"], layers[1]!["changes"]![0]!["what"]!.AsArray().Select(what => (string)what!));
        var text = store.Check("image", "inspect", store.AppName, "--tree");
        Assert.Contains("  - usr/big (300 kB)", text, StringComparison.Ordinal);
        Assert.Contains("wastes 305 kB", text, StringComparison.Ordinal);
        Assert.Contains("  + usr/ (1 below, 300 kB)", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_images_differ_in_the_paths_that_differ()
    {
        await using var store = new StoreFixture();
        new TestImage().Add(StoreFixture.Base).Add(
            new TarAuthor().File("etc/passwd", "root", mode: 0b110_000_000).Symlink("caf\u00c3\u00a9", "x").End()).Push(store.Registry, "team/mode", "1");
        store.Pull(store.AppName, store.ToolName, $"{store.Registry.Host}/team/mode:1");
        Assert.Equal(
            ["+ usr/big (300 kB)", "~ etc/motd (content, 5 kB)", "~ opt/app (content, 3 B)", "+ opt/more (1 B)"],
            store.Check("image", "diff", "team/app:1", "team/tool:1").Trim().Split('\n').OrderBy(
                line => line.Contains("usr/big", StringComparison.Ordinal) ? 0 : 1));
        var changes = store.Json("image", "diff", "team/app:1", "team/mode:1")["changes"]!.AsArray();
        Assert.Contains("café", changes.Select(change => (string)change!["path"]!));
        Assert.Equal("[\"mode\"]", changes.Single(change => (string)change!["path"]! == "etc/passwd")!["what"]!.ToJsonString());
        Assert.Empty(store.Json("image", "diff", "team/app:1", store.App.Hex)["changes"]!.AsArray());
    }
}
