using System.Text.Json.Nodes;
using Loam.Files;
using Loam.TestKit;

namespace Loam.Cli.Tests;

/// <summary>Disks that the kernel changed become images that other tools unpack to the same.</summary>
public sealed class CommitTests
{
    [Theory]
    [InlineData("--compress", "gzip")]
    [InlineData("--compress", "gzip:9")]
    [InlineData("--layered", null)]
    public async Task A_pushed_commit_equals_the_disk_entry_by_entry(string option, string? value)
    {
        Require();
        using var folder = new TemporaryFolder();
        await using var registry = await DockerRegistry.StartAsync();
        var disk = Prepare(folder, registry);
        ChangedDisk.Run(disk, ChangedDisk.Much);
        var name = $"{registry.Host}/app:2";
        var made = JsonNode.Parse(LoamBinary.Check(
            [.. ((string?[])["commit", "w", name, "--push", "--insecure", "--json", "--state-dir", folder["state"], option, value]).OfType<string>()]))!;
        Assert.Empty(made["warnings"]!.AsArray());
        Assert.Equal(option == "--layered" ? 3 : 1, made["layers"]!.AsArray().Count);
        Tools.Check("skopeo", "copy", "-q", "--src-tls-verify=false", $"docker://{name}", $"oci:{folder["layout"]}:t");
        var unpacked = TreeListing.Of(Judges.UmociUnpack(folder["layout"], "t", folder["bundle"]));
        using (var mount = new LoopMount(disk, folder["mount"]))
        {
            var expected = TreeListing.Of(mount.Path);
            Assert.True(expected.Count > 2020, $"only {expected.Count} entries");
            TreeListing.AssertSame(expected, unpacked);
        }

        var sent = (long)made["pushed"]!["uploaded_bytes"]!;
        if (option == "--layered")
        {
            // The 3 MB that did not change stay where they are, and 105 MB of holes are next to nothing.
            Assert.InRange(sent, 10_000, 400_000);
            Assert.Equal(2, (int)made["pushed"]!["present"]!);
        }
        else
        {
            Assert.InRange(sent, 3_000_000, 4_000_000);
        }
    }

    [Fact]
    public async Task Commit_pull_build_commit_gives_the_same_layer()
    {
        Require();
        using var folder = new TemporaryFolder();
        await using var registry = await DockerRegistry.StartAsync();
        var disk = Prepare(folder, registry);
        ChangedDisk.Run(disk, ChangedDisk.Much);
        var name = $"{registry.Host}/app:2";
        var first = JsonNode.Parse(LoamBinary.Check("commit", "w", name, "--push", "--insecure", "--json", "--state-dir", folder["state"]))!;
        Assert.True(JsonNode.DeepEquals(
            first["layer"],
            JsonNode.Parse(
                Tools.Check("env", "DOTNET_PROCESSOR_COUNT=7", LoamBinary.Path, "commit", "w", name, "--json", "--state-dir", folder["state"]))!["layer"]));
        var zstd = JsonNode.Parse(LoamBinary.Check("commit", "w", $"{name}-zstd", "--compress", "zstd", "--json", "--state-dir", folder["state"]))!["layer"]!;
        Assert.Equal("application/vnd.oci.image.layer.v1.tar+zstd", (string)zstd["media_type"]!);
        Assert.Equal((string)first["layer"]!["diff_id"]!, (string)zstd["diff_id"]!);
        var built = LoamBinary.Check("pull", "-q", "--insecure", name, "--state-dir", folder["second"]).Trim();
        var again = JsonNode.Parse(LoamBinary.Check("commit", "--from-disk", built, "local/again:1", "--json", "--state-dir", folder["second"]))!;
        Assert.True(JsonNode.DeepEquals(first["layer"], again["layer"]), $"{first["layer"]}\n{again["layer"]}");
        var layered = JsonNode.Parse(LoamBinary.Check(
            "commit", "--from-disk", built, "local/again:2", "--base", name, "--layered", "--json", "--state-dir", folder["second"]))!;
        Assert.Null(layered["layer"]);
        Assert.Single(layered["layers"]!.AsArray());
    }

    [Fact]
    public async Task The_configuration_carries_over_and_changes()
    {
        await using var store = WithWorkspace();
        store.Check("commit", "w", "local/plain:1", "-q");
        var plain = Config(store, "local/plain:1");
        Assert.Equal("""{"Env":["PATH=/bin"],"Cmd":["sh"],"X-Unknown":1}""", plain["config"]!.ToJsonString());
        Assert.Equal("1970-01-01T00:00:00Z", (string)plain["created"]!);
        Assert.Single(plain["rootfs"]!["diff_ids"]!.AsArray());

        string[] commit = ["commit", "w", "local/changed:1", "-q", "--author", "A. Author", "--message", "why", "--created", "1700000000", "--arch", "arm64",
            "--change", "ENV MODE=fast", "--change", "ENTRYPOINT [\"/app\"]", "--change", "LABEL a=b"];
        var digest = store.Check(commit);
        Assert.Equal(digest, store.Check(commit));
        var changed = Config(store, "local/changed:1");
        Assert.Equal("""{"Env":["PATH=/bin","MODE=fast"],"X-Unknown":1,"Entrypoint":["/app"],"Labels":{"a":"b"}}""", changed["config"]!.ToJsonString());
        Assert.Equal(
            ("arm64", "A. Author", "2023-11-14T22:13:20Z"), ((string)changed["architecture"]!, (string)changed["author"]!, (string)changed["created"]!));
        Assert.Equal("why", (string)changed["history"]![0]!["comment"]!);
        Assert.Equal((2, "config_change_invalid"), Failure(store.Fail("commit", "w", "local/x:1", "--change", "COPY a b")));
        Assert.Equal((2, "invalid_reference"), Failure(store.Fail("commit", "w", "UPPER")));
        Assert.Equal((3, "workspace_not_found"), Failure(store.Fail("commit", "nobody", "local/x:1")));
        Assert.Equal(2, store.Run("commit", "w").ExitCode);
        Assert.DoesNotContain("docker.io/local/x:1", store.Names());
    }

    [Fact]
    public async Task A_committed_image_is_in_the_store_without_a_disk_until_a_workspace_needs_one()
    {
        await using var store = WithWorkspace();
        store.Check("commit", "w", "local/made:1", "-q");
        var made = store.Check("image", "list").Split('\n').Single(line => line.Contains("local/made", StringComparison.Ordinal));
        Assert.Contains("no disk", made, StringComparison.Ordinal);
        store.Check("image", "prune");
        store.Check("store", "check");
        Assert.Equal(1, store.Disks());
        store.Check("create", "second", "--image", "local/made:1", "-q");
        Assert.Equal(2, store.Disks());
        store.Check("store", "check");
        Assert.Contains("/usr/big", store.Check(
            "rootfs", "ls", "-q", Path.Combine(store.State, "workspaces", "second", "disk.ext4"), "/usr").Split('\n').Select(path => "/" + path));
    }

    [Fact]
    public async Task A_workspace_in_use_is_refused()
    {
        await using var store = new StoreFixture();
        store.Pull(store.AppName).Check("create", "w", "--image", store.AppName, "-q");
        using (FileLock.TryAcquire(Path.Combine(store.State, "workspaces", "w", "lock"), LockKind.Exclusive))
        {
            Assert.Equal((4, "workspace_in_use"), Failure(store.Fail("commit", "w", "local/x:1")));
        }

        store.Check("commit", "w", "local/x:1", "-q");
        Assert.DoesNotContain(Directory.GetFileSystemEntries(Path.Combine(store.Images, "ingest")), path => !path.EndsWith(".lock", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_base_that_is_gone_is_missed_only_where_it_is_needed()
    {
        await using var store = new StoreFixture();
        var disk = store.Check("pull", "-q", store.AppName).Trim();
        store.Check("create", "w", "--rootfs", disk, "-q");
        store.Check("commit", "w", "local/x:1", "-q");
        Assert.Equal((3, "base_missing"), Failure(store.Fail("commit", "w", "local/x:2", "--layered")));
        store.Check("commit", "w", "local/x:2", "--layered", "--base", store.AppName, "-q");
        Assert.Equal((3, "image_not_found"), Failure(store.Fail("commit", "w", "local/x:3", "--layered", "--base", "local/none:1")));
    }

    [Fact]
    public async Task Debugfs_keeps_contents_and_says_what_it_loses()
    {
        Tools.Require("debugfs");
        await using var store = WithWorkspace();
        var result = store.Run("commit", "w", "local/extracted:1", "--debugfs", Tools.Find("debugfs")!, "--json");
        Assert.True(result.ExitCode == 0, result.All);
        Assert.Contains("extended attributes", (string)JsonNode.Parse(result.Output)!["warnings"]![0]!, StringComparison.Ordinal);
        store.Check("commit", "w", "local/own:1", "-q");
        var changes = JsonNode.Parse(store.Check("image", "diff", "local/own:1", "local/extracted:1", "--json"))!.ToJsonString();
        Assert.DoesNotContain("content", changes, StringComparison.Ordinal);
        Assert.DoesNotContain("added", changes.Replace("\"added\":0", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal((1, "debugfs_failed"), Failure(store.Fail("commit", "w", "local/x:1", "--debugfs", store.Folder["none"])));
    }

    [Fact]
    public async Task Hostile_disks_end_in_typed_errors()
    {
        await using var store = new StoreFixture();
        var whole = await File.ReadAllBytesAsync(store.Check("pull", "-q", store.AppName).Trim(), TestContext.Current.CancellationToken);
        var image = ImageStore.Open(store.State);
        var random = new Random(11);
        var refused = 0;
        var end = Array.FindLastIndex(whole, b => b != 0) + 1;
        for (var i = 0; i < 150; i++)
        {
            var damaged = whole.ToArray();
            for (var changes = random.Next(1, 40); changes > 0; changes--)
            {
                // Metadata stands at the start and at the end of what is not zero.
                var at = random.Next(2) == 0 ? random.Next(1024, 8192) : random.Next(end / 2, end);
                damaged[at] ^= (byte)(1 << random.Next(8));
            }

            await File.WriteAllBytesAsync(
                store.Folder["damaged"], random.Next(20) == 0 ? damaged[..random.Next(damaged.Length)] : damaged, TestContext.Current.CancellationToken);
            try
            {
                await new Committer(image).CommitDiskAsync(
                    store.Folder["damaged"], ImageReference.Parse("local/damaged:1"), new CommitOptions(), null, TestContext.Current.CancellationToken);
            }
            catch (LoamException e) when (e.Code.Name.StartsWith("disk_", StringComparison.Ordinal))
            {
                refused++;
            }
        }

        Assert.InRange(refused, 75, 150);
        store.Check("store", "check");
        Assert.Equal((1, "disk_not_ext4"), Failure(store.Fail("commit", "--from-disk", LoamBinary.Path, "local/x:1")));
        Assert.Equal((1, "io"), Failure(store.Fail("commit", "--from-disk", store.Folder["nothing"], "local/x:1")));
    }

    private static void Require()
    {
        Tools.RequireRoot();
        Tools.Require("umoci", "skopeo", "docker-registry", "getfattr", "setfattr", "setcap", "mount");
    }

    /// <summary>A workspace "w" of the base image, in a real registry.</summary>
    /// <returns>Its disk.</returns>
    private static string Prepare(TemporaryFolder folder, DockerRegistry registry)
    {
        ChangedDisk.Base.WriteLayout(folder["base"]);
        var image = registry.Push(folder["base"], "t", "app");
        LoamBinary.Check("pull", "-q", "--insecure", image, "--state-dir", folder["state"]);
        LoamBinary.Check("create", "w", "--image", image, "-q", "--state-dir", folder["state"]);
        return Path.Combine(folder["state"], "workspaces", "w", "disk.ext4");
    }

    private static JsonNode Config(StoreFixture store, string image) => JsonNode.Parse(store.Check("image", "inspect", image, "--config"))!;

    private static (int Exit, string Code) Failure((int Exit, string Code, string Message) failure) => (failure.Exit, failure.Code);

    /// <summary>A store with a workspace <c>w</c> that was made from an image of a registry.</summary>
    private static StoreFixture WithWorkspace()
    {
        var store = new StoreFixture();
        ChangedDisk.Base.Push(store.Registry, "base", "1");
        store.Check("create", "w", "--image", $"{store.Registry.Host}/base:1", "-q");
        return store;
    }
}
