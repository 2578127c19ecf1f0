using System.Text.Json.Nodes;
using Loam.TestKit;

namespace Loam.Cli.Tests;

/// <summary>What the program prints and how it ends.</summary>
public sealed class CommandLineTests
{
    public static TheoryData<string, int, string> Failures => new()
    {
        { "usage", 2, "pull" },
        { "usage", 2, "pull x --jobs 0" },
        { "invalid_reference", 2, "pull upper/CASE" },
        { "invalid_platform", 2, "pull x --arch a/b/c/d" },
        { "ca_certs_invalid", 2, "pull x --ca-certs /nonexistent" },
        { "guest_init_invalid", 2, "pull x --guest-init /nonexistent" },
        { "mutable_reference", 4, "rootfs build --image alpine --out /tmp/never" },
        { "manifest_unknown", 3, "pull {host}/nothing:1" },
        { "platform_not_found", 3, "pull {host}/index:1 --arch s390x" },
        { "unauthorized", 5, "pull {host}/private:1" },
        { "forbidden", 5, "pull {host}/forbidden:1" },
        { "registry_refused", 6, "pull 127.0.0.1:1/x:1" },
        { "digest_mismatch", 7, "pull {host}/wrong:1" },
        { "diff_id_mismatch", 7, "pull {host}/lies:1" },
        { "layer_damaged", 7, "pull {host}/truncated:1" },
        { "layer_escapes_root", 7, "pull {host}/escape:1" },
        { "manifest_invalid", 7, "pull {host}/garbage:1" },
        { "not_an_image", 1, "pull {host}/artifact:1" },
        { "manifest_schema1", 1, "pull {host}/schema1:1" },
        { "disk_too_small", 1, "pull {host}/good:1 --size-mib 3" },
        { "io", 1, "image list --state-dir /proc/nothing" },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task Each_failure_is_one_envelope_for_agents_and_one_line_for_people(string code, int exit, string command)
    {
        await using var registry = InProcessRegistry.Start();
        Author(registry);
        using var folder = new TemporaryFolder();
        string[] arguments = [.. command.Replace("{host}", registry.Host, StringComparison.Ordinal).Split(' ')];
        if (!command.Contains("--state-dir", StringComparison.Ordinal))
        {
            arguments = [.. arguments, "--state-dir", folder["state"]];
        }

        var agent = LoamBinary.Run(["--mode", "ax", .. arguments]);
        Assert.True(exit == agent.ExitCode, agent.All);
        Assert.Equal("", agent.Output);
        var envelope = JsonNode.Parse(Assert.Single(agent.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)))!;
        Assert.Equal(["error"], envelope.AsObject().Select(field => field.Key));
        Assert.Equal(["code", "message", "hint", "details"], envelope["error"]!.AsObject().Select(field => field.Key));
        Assert.Equal(code, (string)envelope["error"]!["code"]!);
        Assert.NotEqual("", (string)envelope["error"]!["hint"]!);

        var person = LoamBinary.Run([.. arguments, "-q"]);
        Assert.Equal(exit, person.ExitCode);
        Assert.Equal("", person.Output);
        Assert.StartsWith("loam: ", Assert.Single(person.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.Empty(Directory.Exists(folder["state"]) ? Directory.EnumerateDirectories(Path.Combine(folder["state"], "images"), "sha256-*") : []);
    }

    [Fact]
    public async Task The_list_follows_its_schema()
    {
        Tools.Require("python3");
        await using var registry = InProcessRegistry.Start();
        Author(registry);
        using var folder = new TemporaryFolder();
        foreach (var name in (string[])["good:1", "index:1"])
        {
            LoamBinary.Check("pull", "-q", $"{registry.Host}/{name}", "--state-dir", folder["state"]);
        }

        await File.WriteAllTextAsync(
            folder["list.json"], LoamBinary.Check("--json", "image", "list", "--state-dir", folder["state"]), TestContext.Current.CancellationToken);
        var schema = Path.Combine(Repository.Root, "docs", "schemas", "image-list.schema.json");
        Tools.Demand(
            Tools.Run("python3", "-c", "import jsonschema").ExitCode == 0 || Tools.Find("/usr/bin/python3") is not null, "python3-jsonschema is not installed");
        Tools.Check(
            "/usr/bin/python3",
            "-c",
            "import json,sys,jsonschema; jsonschema.validate(json.load(open(sys.argv[1])), json.load(open(sys.argv[2])))",
            folder["list.json"],
            schema);
        var listed = JsonNode.Parse(await File.ReadAllTextAsync(folder["list.json"], TestContext.Current.CancellationToken))!["images"]!.AsArray();
        Assert.Equal(
            LoamBinary.Check("images", "-q", "--state-dir", folder["state"]).Trim().Split('\n'), listed.Select(image => (string)image!["image_ref"]!));
    }

    [Fact]
    public async Task A_disk_is_built_where_it_is_wanted_with_an_init_of_the_users()
    {
        Tools.Require("debugfs", "e2fsck");
        await using var registry = InProcessRegistry.Start();
        Author(registry);
        using var folder = new TemporaryFolder();
        LoamBinary.Check(
            "rootfs", "build", "--image", $"{registry.Host}/good:1", "--allow-mutable", "--exec", "echo it's me", "--size-mib", "64",
            "--out", folder["a.ext4"], "--state-dir", folder["state"]);
        Judges.AssertClean(folder["a.ext4"]);
        Assert.Equal(64 << 20, new FileInfo(folder["a.ext4"]).Length);
        var script = Tools.Check("debugfs", "-R", "cat /sbin/init", folder["a.ext4"]);
        Assert.Contains("/bin/sh -c 'echo it'\\''s me'", script, StringComparison.Ordinal);
        Assert.Contains("export PATH='/bin'", script, StringComparison.Ordinal);
        var listed = JsonNode.Parse(LoamBinary.Check("image", "list", "--json", "--state-dir", folder["state"]))!["images"]![0]!;
        Assert.Equal(folder["a.ext4"], (string)listed["output_path"]!);
    }

    [Fact]
    public async Task On_a_terminal_bars_show_each_layer()
    {
        Tools.Require("script");
        await using var registry = InProcessRegistry.Start();
        RepeatableTests.Author(layers: 3).Push(registry, "app", "1");
        registry.Script = call => call.IsBlob ? new Misbehaviour.Late(TimeSpan.FromMilliseconds(200)) : null;
        using var folder = new TemporaryFolder();
        var shown = Tools.Run(
            "script",
            ["-qec", $"stty cols 140; {LoamBinary.Path} pull {registry.Host}/app:1 --state-dir {folder["state"]}", "/dev/null"],
            input: null,
            new Dictionary<string, string>(StringComparer.Ordinal) { ["TERM"] = "xterm" });
        Assert.True(shown.ExitCode == 0, shown.All);
        Assert.Contains("layer 1 ", shown.Output, StringComparison.Ordinal);
        Assert.Contains("100%", shown.Output, StringComparison.Ordinal);
        Assert.Contains("sha256 ", shown.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("pull --help")]
    [InlineData("rootfs build --help")]
    [InlineData("image list --help")]
    [InlineData("load --help")]
    [InlineData("image save --help")]
    [InlineData("image inspect --help")]
    [InlineData("image diff --help")]
    [InlineData("image tag --help")]
    [InlineData("image delete --help")]
    [InlineData("image prune --help")]
    [InlineData("rmi --help")]
    [InlineData("store check --help")]
    [InlineData("store du --help")]
    public void Help_shows_examples(string command)
    {
        var help = LoamBinary.Check(command.Split(' '));
        Assert.Contains("Examples:\n  loam ", help, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    public void Completion_knows_the_commands(string shell)
    {
        Assert.Contains("[suggest:", LoamBinary.Check("completion", shell), StringComparison.Ordinal);
        Assert.Contains("rootfs", LoamBinary.Check("[suggest:7]", "loam ro").Split('\n'));
    }

    private static void Author(InProcessRegistry registry)
    {
        var tar = new TarAuthor().Directory("./").File("hello", "world").End();
        new TestImage().Add(tar).Push(registry, "good", "1");
        const string Gzip = "application/vnd.oci.image.layer.v1.tar+gzip";
        var compressed = TestImage.Compress(tar, LayerForm.Gzip);
        new TestImage().AddBlob(compressed, Gzip, Digest.Sha256("other"u8)).Push(registry, "lies", "1");
        new TestImage().AddBlob(compressed[..^5], Gzip, Digest.Sha256(tar)).Push(registry, "truncated", "1");
        new TestImage().Add(new TarAuthor().File("../../etc/passwd", "x").End()).Push(registry, "escape", "1");
        var wrong = new TarAuthor().File("wrong", "x").End();
        new TestImage().Add(wrong, LayerForm.Tar).Push(registry, "wrong", "1");
        registry.AddBlobAs(Digest.Sha256(wrong), [.. wrong.Select(b => (byte)(b ^ 1))]);
        registry.AddManifest("garbage", "1", TestImage.ManifestType, "{\"schemaVersion\":2,\"config\":{},\"layers\":[]}"u8.ToArray());
        registry.AddManifest("schema1", "1", "application/vnd.docker.distribution.manifest.v1+json", "{\"schemaVersion\":1}"u8.ToArray());
        registry.AddManifest("artifact", "1", TestImage.ManifestType, System.Text.Encoding.UTF8.GetBytes(
            $$"""
            {"schemaVersion":2,"layers":[],
             "config":{"mediaType":"application/vnd.cncf.helm.config.v1+json","size":2,"digest":"{{Digest.Sha256("{}"u8)}}"}
            }
            """));
        var child = new TestImage().Add(tar);
        var digest = child.Push(registry, "index", null);
        registry.AddManifest("index", "1", "application/vnd.oci.image.index.v1+json", System.Text.Encoding.UTF8.GetBytes(
            $$$"""
            {"schemaVersion":2,"manifests":[
             {"mediaType":"{{{TestImage.ManifestType}}}","digest":"{{{Digest.Sha256("attestation"u8)}}}","size":3,
              "platform":{"os":"unknown","architecture":"unknown"}},
             {"mediaType":"{{{TestImage.ManifestType}}}","digest":"{{{digest}}}","size":{{{child.Manifest.Length}}},
              "platform":{"os":"linux","architecture":"{{{Platform.Host.Architecture}}}"}
             }]}
            """));
        registry.Script = call => call.Path switch
        {
            _ when call.Path.Contains("/private/", StringComparison.Ordinal) => new Misbehaviour.Answer(401, "", ("WWW-Authenticate", "Basic realm=\"x\"")),
            _ when call.Path.Contains("/forbidden/", StringComparison.Ordinal) =>
                new Misbehaviour.Answer(403, """{"errors":[{"code":"DENIED","message":"no"}]}"""),
            _ => null,
        };
    }
}
