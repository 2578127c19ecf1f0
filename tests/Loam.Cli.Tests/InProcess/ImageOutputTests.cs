using System.Text;
using System.Text.Json;
using Loam.Cli.Output;

namespace Loam.Cli.Tests.InProcess;

/// <summary>What is in images and what has changed in them.</summary>
public sealed class ImageOutputTests
{
    private static Descriptor Blob(string name, long size) => new() { MediaType = $"type/{name}", Digest = Samples.DigestOf(name), Size = size };

    private static readonly ImageDetails Details = new(
        Samples.Image(),
        Samples.DigestOf("index"),
        "{\"schemaVersion\":2}"u8.ToArray(),
        "{\"os\":\"linux\"}"u8.ToArray(),
        new ImageManifest(Blob("config", 1), []),
        new ImageConfig
        {
            Created = "2026-01-31",
            Config = new RunConfig
            {
                Entrypoint = ["/entry", "two words", ""],
                Cmd = ["run"],
                User = "web",
                WorkingDir = "/srv",
                StopSignal = "TERM",
                ExposedPorts = Json("""{"80/tcp":{},"443/tcp":{}}"""),
                Volumes = Json("""{"/data":{}}"""),
                Env = ["A=1", "B=\u001b[31m"],
                Labels = new Dictionary<string, string> { ["b"] = "2", ["a"] = "1" },
            },
        },
        [
            new LayerDetails(Blob("one", 3_000), Samples.DigestOf("diff"), 9_000, "ADD"),
            new LayerDetails(Blob("two", 1_000), Samples.DigestOf("diff2"), null, null),
        ],
        [
            new HistoryStep(new HistoryEntry { CreatedBy = new string('x', 100), Created = "c" }, 0),
            new HistoryStep(new HistoryEntry { Comment = "no layer", EmptyLayer = true }, null),
            new HistoryStep(new HistoryEntry { CreatedBy = "by\nhand" }, 1),
        ],
        Samples.Disk,
        ["registry.example/team/app:1", "local/other:2"],
        ["research"]);

    private static Dictionary<string, JsonElement> Json(string text) => JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(text)!;

    [Fact]
    public void An_image_for_people()
    {
        var text = InspectText.Describe(Details).Split('\n');
        Assert.Equal(
            [
                "registry.example/team/app:1",
                $"  digest       {Samples.DigestOf("manifest")}",
                $"  index        {Samples.DigestOf("index")}",
                "  platform     linux/arm/v7",
                "  created      2026-01-31",
                "  entrypoint   /entry \"two words\" \"\"",
                "  cmd          run",
                "  user         web",
                "  workdir      /srv",
                "  stop signal  TERM",
                "  ports        443/tcp, 80/tcp",
                "  volumes      /data",
                "  env          A=1",
                "               B= [31m",
                "  labels       a=1",
                "               b=2",
                "  disk         /disks/app.ext4",
                "               4 MB, 1.5 MB free, 1024 inodes, ext4",
                "  last used    2026-01-31T12:14:15Z",
                "  also named   local/other:2",
                "  used by      research",
                "",
                "LAYER  DIGEST               SIZE  UNPACKED  SHARE",
                $"1      {Digests.Short(Samples.DigestOf("one"))}  3 kB  9 kB      {new string('█', 24)} 75%",
                $"2      {Digests.Short(Samples.DigestOf("two"))}  1 kB  ?         {new string('█', 8)}{new string(' ', 16)} 25%",
                "       total                4 kB  9 kB",
                "",
                "LAYER  SIZE  CREATED BY",
                $"1      3 kB  {new string('x', 71)}…",
                "-            no layer",
                "2      1 kB  by hand",
            ],
            text);
    }

    [Fact]
    public void An_image_without_anything_has_short_lists()
    {
        var bare = Details with
        {
            Image = Samples.Image(sizeBytes: 0),
            IndexDigest = null,
            Config = new ImageConfig(),
            Layers = [],
            History = [],
            Disk = null,
            Names = [],
            UsedBy = [],
        };
        var text = InspectText.Describe(bare);
        Assert.Contains("\n  disk       none\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("CREATED BY", text, StringComparison.Ordinal);
        Assert.DoesNotContain("entrypoint", text, StringComparison.Ordinal);
        Assert.EndsWith("       total   0 B   0 B", text, StringComparison.Ordinal);
        Assert.Null(InspectText.ToJson(bare).Disk);
    }

    [Fact]
    public void A_bar_is_measured_in_eighths()
    {
        var text = InspectText.Describe(Details with { Layers = [Details.Layers[0], Details.Layers[1] with { Blob = Blob("two", 16) }] });
        Assert.Contains($" ▏{new string(' ', 23)} 0%", text, StringComparison.Ordinal);
    }

    [Fact]
    public void An_image_for_programs()
    {
        var json = Samples.Json(InspectText.ToJson(Details), CliJson.Indented.DetailsJson);
        Assert.Equal(Samples.DigestOf("index").ToString(), (string)json["index_digest"]!);
        Assert.Equal(2, (int)json["manifest"]!["schemaVersion"]!);
        Assert.Equal("linux", (string)json["config"]!["os"]!);
        Assert.Equal(["local/other:2", "registry.example/team/app:1"], json["names"]!.AsArray().Select(name => (string)name!).Order());
        Assert.Equal("research", (string)json["used_by"]![0]!);
        var layer = json["layers"]![0]!;
        Assert.Equal(
            (Samples.DigestOf("one").ToString(), Samples.DigestOf("diff").ToString(), "type/one", 3_000, 9_000, "ADD"),
            (
                (string)layer["digest"]!,
                (string)layer["diff_id"]!,
                (string)layer["media_type"]!,
                (int)layer["size_bytes"]!,
                (int)layer["uncompressed_bytes"]!,
                (string)layer["created_by"]!));
        Assert.Equal(("c", 0), ((string)json["history"]![0]!["created"]!, (int)json["history"]![0]!["layer"]!));
        Assert.Equal(("no layer", true), ((string)json["history"]![1]!["comment"]!, (bool)json["history"]![1]!["empty_layer"]!));
        var disk = json["disk"]!;
        Assert.Equal(
            ("/disks/app.ext4", "ext4", "5ha", 4_000_000, 1_500_000, 1024, 900, "00112233-4455-6677-8899-aabbccddeeff", "loam"),
            ((string)disk["path"]!, (string)disk["filesystem"]!, (string)disk["sha256"]!, (int)disk["size_bytes"]!, (int)disk["free_bytes"]!,
             (int)disk["inodes"]!, (int)disk["free_inodes"]!, (string)disk["uuid"]!, (string)disk["writer"]!));
    }

    [Fact]
    public void A_changed_path_is_one_line()
    {
        Assert.Equal("+ etc/motd (286 B)", TreeText.Line(new PathChange(ChangeKind.Added, "etc/motd", false, 286, [])));
        Assert.Equal("- var/cache/", TreeText.Line(new PathChange(ChangeKind.Removed, "var/cache", true, 0, [])));
        Assert.Equal("~ etc/passwd (content, time, 5 B)", TreeText.Line(new PathChange(ChangeKind.Changed, "etc/passwd", false, 5, ["content", "time"])));
        Assert.Equal("~ / (mode)", TreeText.Line(new PathChange(ChangeKind.Changed, "", true, 0, ["mode"])));
        Assert.Equal("+ empty", TreeText.Line(new PathChange(ChangeKind.Added, "empty", false, 0, [])));
    }

    [Fact]
    public void A_layer_folds_folders_that_are_added_or_removed_as_a_whole()
    {
        PathChange Added(string path, bool folder, long size) => new(ChangeKind.Added, path, folder, size, []);
        var first = new LayerChanges(Samples.DigestOf("one"), 2_000, 5_000, 4_000, 0,
        [
            Added("", true, 0), Added("a", true, 0), Added("a-b", false, 1), Added("a/x", true, 0), Added("a/x/y", false, 20), Added("a/z", false, 10),
            Added("b", false, 3),
        ]);
        var second = new LayerChanges(Samples.DigestOf("two"), 100, 600, 500, 31,
        [
            new PathChange(ChangeKind.Changed, "a", true, 0, ["mode"]), new PathChange(ChangeKind.Removed, "a/x", true, 0, []),
            new PathChange(ChangeKind.Removed, "a/x/y", false, 20, []), Added("new", false, 7),
        ]);
        Assert.Equal(
            $"""
            registry.example/team/app:1

            layer 1 {Digests.Short(Samples.DigestOf("one"))}, 2 kB, unpacked 5 kB
              7 added, 0 changed, 0 removed
              + a/ (3 below, 30 B)
              + a-b (1 B)
              + b (3 B)

            layer 2 {Digests.Short(Samples.DigestOf("two"))}, 100 B, unpacked 600 B
              1 added, 1 changed, 2 removed; wastes 31 B of the layers below
              ~ a/ (mode)
              - a/x/ (1 below, 20 B)
              + new (7 B)

            wasted by replaced or removed files: 31 B of 4.5 kB
            """.ReplaceLineEndings("\n"),
            TreeText.Describe(Details, [first, second]));
        var json = Samples.Json(TreeText.ToJson(Samples.Image(), [first, second]), CliJson.Indented.TreeJson);
        Assert.Equal(31, (int)json["wasted_bytes"]!);
        var layer = json["layers"]![1]!;
        Assert.Equal(
            (100, 600, 1, 1, 2, 500, 31),
            ((int)layer["size_bytes"]!, (int)layer["uncompressed_bytes"]!, (int)layer["added"]!, (int)layer["changed"]!, (int)layer["removed"]!,
             (int)layer["added_bytes"]!, (int)layer["wasted_bytes"]!));
        Assert.Equal(["changed", "removed", "removed", "added"], layer["changes"]!.AsArray().Select(change => (string)change!["change"]!));
        Assert.Equal("[\"mode\"]", layer["changes"]![0]!["what"]!.ToJsonString());
        Assert.Null(layer["changes"]![1]!["what"]);
        Assert.Equal(
            ("a/x", true, 20), ((string)layer["changes"]![1]!["path"]!, (bool)layer["changes"]![1]!["directory"]!, (int)layer["changes"]![2]!["size_bytes"]!));
    }

    [Fact]
    public async Task A_pulled_image_shows_its_disk()
    {
        var pulled = new PulledImage(Samples.Image(), Samples.Disk with { Warnings = [] }, UpToDate: true) { StagePath = "/stage" };
        async Task<string> PrintAsync(bool json, bool quiet)
        {
            using var output = new MemoryStream();
            await PulledText.WriteAsync(pulled, new Results(json, quiet, output));
            return Encoding.UTF8.GetString(output.ToArray());
        }

        Assert.Equal("/disks/app.ext4\n", await PrintAsync(json: false, quiet: true));
        Assert.Equal(
            $"""
            registry.example/team/app:1 is up to date
              digest    {Samples.DigestOf("manifest")}
              platform  linux/arm/v7
              disk      /disks/app.ext4
              size      4 MB, 1.5 MB free, 1024 inodes
              sha256    5ha
              stage     /stage

            """.ReplaceLineEndings("\n"),
            await PrintAsync(json: false, quiet: false));
        var json = System.Text.Json.Nodes.JsonNode.Parse(await PrintAsync(json: true, quiet: false))!;
        Assert.Equal(
            (1_500_000, 1024, 1, true, "/stage", "5ha", 4_000_000),
            ((int)json["free_bytes"]!, (int)json["inodes"]!, (int)json["layers"]!, (bool)json["up_to_date"]!, (string)json["stage_path"]!,
             (string)json["sha256"]!, (int)json["size_bytes"]!));
    }
}
