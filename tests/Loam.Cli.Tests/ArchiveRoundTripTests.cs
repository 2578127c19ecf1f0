using System.Text.Json.Nodes;
using Loam.TestKit;

namespace Loam.Cli.Tests;

/// <summary>Archives of other tools into the store, and the store's into other tools, digests compared.</summary>
public sealed class ArchiveRoundTripTests
{
    private const string Name = "example.org/app:1";

    public static TheoryData<string, string> Loaded => new()
    {
        { "docker-archive", "none" },
        { "docker-archive", "gzip" },
        { "docker-archive", "zstd" },
        { "oci-archive", "none" },
        { "oci-archive", "gzip" },
        { "oci-archive", "zstd" },
        { "oci", "none" },
    };

    [Theory]
    [MemberData(nameof(Loaded))]
    public void What_skopeo_writes_is_loaded(string transport, string compression)
    {
        Tools.Require("skopeo", "zstd", "gzip", "e2fsck");
        using var folder = new TemporaryFolder();
        var image = Author();
        image.WriteLayout(folder["layout"]);
        var archive = folder["archive"];
        // Without being told otherwise skopeo compresses the uncompressed layer on the way.
        string[] options = transport == "docker-archive" ? ["-q"] : ["-q", "--preserve-digests"];
        Tools.Check("skopeo", ["copy", .. options, $"oci:{folder["layout"]}:t", $"{transport}:{archive}:{Name}"]);
        if (compression != "none")
        {
            Tools.Check("bash", "-c", $"{compression} -c '{archive}' > '{archive}.c' && mv '{archive}.c' '{archive}'");
        }

        var loaded = JsonNode.Parse(compression == "none"
            ? LoamBinary.Check("load", "--json", "-i", archive, "--state-dir", folder["state"])
            : Tools.Check("bash", "-c", $"'{LoamBinary.Path}' load --json --state-dir '{folder["state"]}' < '{archive}'"))!["images"]![0]!;
        Assert.Equal(Name, (string)loaded["image_ref"]!);
        var record = Record(loaded);
        Assert.Equal(Digest.Sha256(image.Config).ToString(), (string)record["config_digest"]!);
        if (transport != "docker-archive")
        {
            Assert.Equal(Digest.Sha256(image.Manifest).ToString(), (string)loaded["digest"]!);
        }

        Judges.AssertClean((string)loaded["output_path"]!);
        Assert.StartsWith((string)loaded["sha256"]!, Tools.Check("sha256sum", (string)loaded["output_path"]!), StringComparison.Ordinal);
    }

    [Fact]
    public void A_loaded_disk_holds_what_umoci_unpacks()
    {
        Tools.Require("skopeo", "umoci", "getfattr");
        Tools.RequireRoot();
        using var folder = new TemporaryFolder();
        Author().WriteLayout(folder["layout"]);
        Tools.Check("skopeo", "copy", "-q", $"oci:{folder["layout"]}:t", $"docker-archive:{folder["archive"]}:{Name}");
        var loaded = JsonNode.Parse(LoamBinary.Check("load", "--json", "-i", folder["archive"], "--state-dir", folder["state"]))!["images"]![0]!;
        var expected = TreeListing.Of(Judges.UmociUnpack(folder["layout"], "t", folder["bundle"]));
        using var mount = new LoopMount((string)loaded["output_path"]!, folder["mount"]);
        TreeListing.AssertSame(expected, TreeListing.Of(mount.Path), path => path is "" or "bin" or "etc");
    }

    [Fact]
    public async Task A_pulled_image_saved_as_oci_keeps_the_registrys_digest()
    {
        Tools.Require("skopeo", "umoci");
        using var folder = new TemporaryFolder();
        await using var registry = InProcessRegistry.Start();
        var digest = Author().Push(registry, "app", "1");
        var name = $"{registry.Host}/app:1";
        LoamBinary.Check("pull", "-q", name, "--state-dir", folder["state"]);
        LoamBinary.Check("save", "--format", "oci", "--output", folder["a.tar"], name, "--state-dir", folder["state"]);
        Assert.Equal(digest.ToString(), Tools.Check("skopeo", "inspect", "--format", "{{.Digest}}", $"oci-archive:{folder["a.tar"]}").Trim());
        Directory.CreateDirectory(folder["layout"]);
        Tools.Check("tar", "-xf", folder["a.tar"], "-C", folder["layout"]);
        Tools.Check("umoci", "stat", "--image", $"{folder["layout"]}:{name}");
        Tools.Check("skopeo", "copy", "-q", "--preserve-digests", $"oci:{folder["layout"]}:{name}", $"dir:{folder["dir"]}");
        Assert.Equal(digest, Digest.Sha256(await File.ReadAllBytesAsync(folder["dir/manifest.json"], TestContext.Current.CancellationToken)));

        // And back: nothing is new but the store.
        var loaded = JsonNode.Parse(LoamBinary.Check("load", "--json", "-i", folder["a.tar"], "--state-dir", folder["other"]))!["images"]![0]!;
        Assert.Equal((digest.ToString(), name), ((string)loaded["digest"]!, (string)loaded["image_ref"]!));
    }

    [Theory]
    [InlineData("docker-archive")]
    [InlineData("oci-archive")]
    public void What_is_saved_is_taken_by_skopeo_buildah_and_podman(string transport)
    {
        Tools.Require("skopeo", "buildah", "podman");
        Tools.RequireRoot();
        using var folder = new TemporaryFolder();
        var image = Author();
        Load(folder, image);
        var format = transport == "oci-archive" ? "oci" : "docker";
        LoamBinary.Check("save", "--format", format, "-o", folder["a.tar"], Name, "--state-dir", folder["state"]);
        var id = Digest.Sha256(image.Config).Hex;

        Tools.Check("skopeo", "copy", "-q", $"{transport}:{folder["a.tar"]}:{Name}", $"oci:{folder["layout"]}:t");
        Assert.Equal(id, ((string)Read(folder, $"layout/blobs/sha256/{ManifestOf(folder, "layout")}")["config"]!["digest"]!)["sha256:".Length..]);
        string[] storage = ["--storage-driver", "vfs", "--root", folder["storage"], "--runroot", folder["run"]];
        Assert.Contains(id, Tools.Check("buildah", [.. storage, "pull", "-q", $"{transport}:{folder["a.tar"]}"]), StringComparison.Ordinal);
        string[] others = ["--storage-driver", "vfs", "--root", folder["podman"], "--runroot", folder["run2"]];
        Tools.Check("podman", [.. others, "load", "-q", "-i", folder["a.tar"]]);
        Assert.Contains(
            id, Tools.Check("podman", [.. others, "images", "--no-trunc", "--format", "{{.Repository}}:{{.Tag}} {{.ID}}"]), StringComparison.Ordinal);

        // What podman saves of it comes back as the same image.
        Tools.Check("podman", [.. others, "save", "-q", "--format", transport, "-o", folder["back.tar"], Name]);
        var loaded = JsonNode.Parse(LoamBinary.Check("load", "--json", "-i", folder["back.tar"], "--state-dir", folder["other"]))!["images"]![0]!;
        Assert.Equal($"sha256:{id}", (string)Record(loaded)["config_digest"]!);
        Assert.Equal(Name, (string)loaded["image_ref"]!);
    }

    [Theory]
    [InlineData("docker")]
    [InlineData("oci")]
    public async Task Many_images_share_layers_and_give_the_same_bytes_each_time(string format)
    {
        Tools.Require("gzip", "zstd", "skopeo");
        using var folder = new TemporaryFolder();
        var shared = RepeatableTests.Layer(1, 1_000_000);
        await using var registry = InProcessRegistry.Start();
        foreach (var name in (string[])["a", "b"])
        {
            new TestImage().Add(shared).Add(RepeatableTests.Layer(name[0], 1000), LayerForm.Zstd).Push(registry, name, "1");
            LoamBinary.Check("pull", "-q", $"{registry.Host}/{name}:1", "--state-dir", folder["state"]);
        }

        string[] save = ["save", "--format", format, $"{registry.Host}/a:1", $"{registry.Host}/b:1", "--state-dir", folder["state"]];
        LoamBinary.Check([.. save, "-o", folder["1.tar"]]);
        var bytes = await File.ReadAllBytesAsync(folder["1.tar"], TestContext.Current.CancellationToken);
        Assert.InRange(bytes.Length, 1_000_000, 1_300_000);
        foreach (var tool in (string[])["gzip", "zstd"])
        {
            LoamBinary.Check([.. save, "-o", folder[tool], "--compress", tool]);
            Assert.Equal(bytes, Tools.Filter(tool, ["-dc"], await File.ReadAllBytesAsync(folder[tool], TestContext.Current.CancellationToken)));
        }

        Tools.Check("bash", "-c", $"'{LoamBinary.Path}' {string.Join(' ', save)} > '{folder["2.tar"]}'");
        Assert.Equal(bytes, await File.ReadAllBytesAsync(folder["2.tar"], TestContext.Current.CancellationToken));
        var listed = JsonNode.Parse(LoamBinary.Check("load", "--json", "-i", folder["zstd"], "--state-dir", folder["other"]))!["images"]!.AsArray();
        Assert.Equal([$"{registry.Host}/a:1", $"{registry.Host}/b:1"], listed.Select(image => (string)image!["image_ref"]!));
        foreach (var name in (string[])["a", "b"])
        {
            Tools.Check("skopeo", "inspect", $"{(format == "oci" ? "oci" : "docker")}-archive:{folder["1.tar"]}:{registry.Host}/{name}:1");
        }
    }

    [Fact]
    public async Task Platforms_that_are_here_go_out_under_one_index()
    {
        Tools.Require("skopeo");
        using var folder = new TemporaryFolder();
        await using var registry = InProcessRegistry.Start();
        var entries = new List<JsonObject>();
        foreach (var architecture in (string[])["amd64", "arm64", "s390x"])
        {
            var image = new TestImage { Architecture = architecture }.Add(RepeatableTests.Layer(1, 1000));
            image.Push(registry, "many", null);
            var entry = TestArchives.Named(image);
            entry["platform"] = new JsonObject { ["os"] = "linux", ["architecture"] = architecture };
            entries.Add(entry);
        }

        registry.AddManifest("many", "1", TestArchives.OciIndex, TestArchives.Index([.. entries]));
        foreach (var architecture in (string[])["amd64", "arm64"])
        {
            LoamBinary.Check("pull", "-q", "--arch", architecture, $"{registry.Host}/many:1", "--state-dir", folder["state"]);
        }

        LoamBinary.Check("save", "--format", "oci", "-o", folder["a.tar"], $"{registry.Host}/many:1", "--state-dir", folder["state"]);
        Tools.Check("skopeo", "copy", "-q", "--all", $"oci-archive:{folder["a.tar"]}", $"oci:{folder["layout"]}:t");
        var index = Read(folder, $"layout/blobs/sha256/{ManifestOf(folder, "layout")}");
        Assert.Equal([(string)entries[0]["digest"]!, (string)entries[1]["digest"]!], index["manifests"]!.AsArray().Select(entry => (string)entry!["digest"]!));
        LoamBinary.Check("save", "-o", folder["arm.tar"], "--platform", "linux/arm64", $"{registry.Host}/many:1", "--state-dir", folder["state"]);
        string[] inspect = ["inspect", "--override-arch", "arm64", "--format", "{{.Architecture}}", $"docker-archive:{folder["arm.tar"]}"];
        Assert.Equal("arm64", Tools.Check("skopeo", inspect).Trim());
    }

    internal static TestImage Author() => new TestImage()
        .Add(new TarAuthor().Directory("./").File("etc/motd", "hello").File("bin/tool", TestImage.Noise(100_000, 1), mode: 0b101_111_101).End())
        .Add(new TarAuthor().Whiteout("etc/motd").Symlink("etc/link", "../bin/tool").HardLink("bin/same", "bin/tool").End(), LayerForm.Tar);

    internal static void Load(TemporaryFolder folder, TestImage image)
    {
        File.WriteAllBytes(folder["source.tar"], TestArchives.Oci(Name, image));
        LoamBinary.Check("load", "-q", "-i", folder["source.tar"], "--state-dir", folder["state"]);
    }

    private static JsonNode Record(JsonNode loaded) =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(Path.GetDirectoryName((string)loaded["output_path"]!)!, "disk.json")))!;

    private static JsonNode Read(TemporaryFolder folder, string name) => JsonNode.Parse(File.ReadAllText(folder[name]))!;

    private static string ManifestOf(TemporaryFolder folder, string layout) =>
        ((string)Read(folder, $"{layout}/index.json")["manifests"]![0]!["digest"]!)["sha256:".Length..];
}
