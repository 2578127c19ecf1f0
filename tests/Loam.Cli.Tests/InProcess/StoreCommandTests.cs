using Loam.Cli.Output;
using Loam.TestKit;

namespace Loam.Cli.Tests.InProcess;

/// <summary>The commands that work on the store alone: each option does what its help says.</summary>
public sealed class StoreCommandTests : IDisposable
{
    private readonly Session _session = new();

    public void Dispose() => _session.Dispose();

    /// <summary>The cells of a table that a command prints.</summary>
    private async Task<string[][]> RowsAsync(string line) =>
        [.. (await _session.CheckAsync(line)).TrimEnd().Split('\n')
            .Select(row => row.Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];

    private async Task<string[]> NamesAsync() => (await _session.CheckAsync("images -q")).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    [Fact]
    public async Task List()
    {
        await _session.LoadAsync("app:1");
        await _session.CheckAsync("image tag app:1 own.example/b:2");
        Assert.Equal(["docker.io/library/app:1", "own.example/b:2"], (await NamesAsync()).Order(StringComparer.Ordinal));
        Assert.Equal(2, (await _session.JsonAsync("image ls"))["images"]!.AsArray().Count);
        var image = (await _session.JsonAsync("images --filter own.example/*"))["images"]![0]!;
        var rows = await RowsAsync("images -f reference=own.example/b:2 --columns bytes,IMAGE,path,digest,platform,size,resolved,last-used");
        Assert.Equal(["BYTES", "IMAGE", "PATH", "DIGEST", "PLATFORM", "SIZE", "RESOLVED", "LAST USED"], rows[0]);
        Assert.Equal(
            [$"{image["size_bytes"]}", "own.example/b:2", (string)image["output_path"]!, ((string)image["digest"]!)[..19], Platform.Host.ToString(),
             Sizes.Format((long)image["size_bytes"]!), (string)image["resolved_ref"]!, (string)image["last_used_at"]!],
            rows[1]);
        Assert.Equal(["IMAGE", "DIGEST", "PLATFORM", "SIZE", "LAST USED"], (await RowsAsync("images"))[0]);
        Assert.Empty((await _session.JsonAsync("images --filter dangling=true"))["images"]!.AsArray());
        Assert.Equal(2, (await _session.JsonAsync("images --filter dangling=false"))["images"]!.AsArray().Count);
        Assert.Empty((await _session.JsonAsync("images --filter label=x"))["images"]!.AsArray());
        Assert.Empty((await _session.JsonAsync("images --filter own.example/* --filter label=x"))["images"]!.AsArray());
    }

    [Fact]
    public async Task Inspect_and_diff()
    {
        await _session.LoadAsync("app:1");
        await _session.LoadAsync("app:2", "two!");
        Assert.Equal("docker.io/library/app:1\n", await _session.CheckAsync("image inspect app:1 -q"));
        Assert.Equal("docker.io/library/app:1\n", await _session.CheckAsync("image inspect app:1 --tree -q"));
        var tree = await _session.JsonAsync("image inspect app:1 --tree");
        Assert.Equal((2, 3000), (tree["layers"]!.AsArray().Count, (int)tree["wasted_bytes"]!));
        Assert.Equal(2, (await _session.JsonAsync("image inspect app:2"))["layers"]!.AsArray().Count);
        Assert.Equal("~ opt/app (content, 4 B)\n", await _session.CheckAsync("image diff app:1 app:2"));
        Assert.Equal("~ opt/app (content, 3 B)\n", await _session.CheckAsync("image diff app:2 app:1"));
        Assert.Equal("opt/app\n", await _session.CheckAsync("image diff app:2 app:1 -q"));
        Assert.Equal(3, (await _session.RunAsync("image inspect app:1 --platform linux/s390x")).Exit);
        Assert.Equal(3, (await _session.RunAsync("image diff app:1 app:2 --platform linux/s390x")).Exit);
    }

    [Fact]
    public async Task Tag()
    {
        await _session.LoadAsync("app:1");
        var digest = (string)(await _session.JsonAsync("image inspect app:1"))["digest"]!;
        Assert.Equal($"own.example/b:2 {digest}\n", await _session.CheckAsync("image tag app:1 own.example/b:2"));
        Assert.Equal("", await _session.CheckAsync("image tag app:1 own.example/c:2 -q"));
        Assert.Equal("own.example/d:2", (string)(await _session.JsonAsync("image tag app:1 own.example/d:2"))["images"]![0]!["image_ref"]!);
    }

    [Fact]
    public async Task Delete()
    {
        await _session.LoadAsync("app:1");
        await _session.CheckAsync("image tag app:1 own.example/b:2");
        Assert.Equal("would remove own.example/b:2\nwould free 0 B\n", await _session.CheckAsync("image delete own.example/b:2 -n"));
        Assert.Equal("removed own.example/b:2\nfreed 0 B\n", await _session.CheckAsync("image delete own.example/b:2"));
        Assert.Equal((1, 1), ((await NamesAsync()).Length, _session.Disks()));
        var (exit, line) = await _session.FailAsync("image delete app:1 --delete");
        Assert.Equal(4, exit);
        Assert.StartsWith("loam: this would delete 1 name, 1 disk, 4 blobs (", line, StringComparison.Ordinal);
        Assert.True((bool)(await _session.JsonAsync("image delete app:1 --delete --dry-run"))["dry_run"]!);
        Assert.Equal((1, 4), (_session.Disks(), _session.Blobs()));
        Assert.Equal(4, (await _session.JsonAsync("image delete app:1 --delete --yes"))["blobs"]!.AsArray().Count);
        Assert.Equal((0, 0, 0), ((await NamesAsync()).Length, _session.Disks(), _session.Blobs()));
    }

    [Fact]
    public async Task Remove()
    {
        await _session.LoadAsync("app:1");
        await _session.LoadAsync("app:2", "two!");
        await _session.CheckAsync("create w --image app:1");
        Assert.Equal(4, (await _session.FailAsync("rmi app:1")).Exit);
        Assert.True((bool)(await _session.JsonAsync("rmi app:2 -n"))["dry_run"]!);
        Assert.Equal("docker.io/library/app:2", (string)(await _session.JsonAsync("rmi app:2"))["removed"]![0]!["image_ref"]!);
        Assert.Equal(["docker.io/library/app:1"], await NamesAsync());
        await _session.CheckAsync("image rm -f app:1");
        Assert.Equal((0, 0, 0), ((await NamesAsync()).Length, _session.Disks(), _session.Blobs()));
    }

    [Fact]
    public async Task Prune()
    {
        await _session.LoadAsync("app:1");
        await _session.CheckAsync("image delete app:1");
        Assert.Equal("freed 0 B\n", await _session.CheckAsync("image prune"));
        Assert.Equal(1, _session.Disks());
        var (exit, line) = await _session.FailAsync("image prune --delete");
        Assert.Equal((4, true), (exit, line.StartsWith("loam: this would delete 1 disk, 4 blobs (", StringComparison.Ordinal)));
        Assert.Single((await _session.JsonAsync("image prune --delete -n"))["disks"]!.AsArray());
        Assert.Equal(1, _session.Disks());
        Assert.Single((await _session.JsonAsync("image prune --delete -y --format json"))["disks"]!.AsArray());
        Assert.Equal((0, 0), (_session.Disks(), _session.Blobs()));
        Assert.Equal("freed 0 B\n", await _session.CheckAsync("image prune --delete"));
        await _session.LoadAsync("app:1");
        Assert.Empty((await _session.JsonAsync("image prune --delete -y --older-than 1d"))["removed"]!.AsArray());
        Assert.Single((await _session.JsonAsync("image prune --delete -y --older-than 0s"))["removed"]!.AsArray());
    }

    [Fact]
    public async Task Check_and_usage()
    {
        await _session.LoadAsync("app:1");
        Assert.Matches("^1 images, 4 blobs and 1 disks, .* read: no problems\n$", await _session.CheckAsync("store check"));
        var usage = await _session.JsonAsync("store du");
        Assert.Equal((1, 4, 1), ((int)usage["images"]!, (int)usage["blobs"]!["count"]!, (int)usage["disks"]!["count"]!));
        Assert.Equal($"{usage["total"]!["disk_bytes"]}\n", await _session.CheckAsync("store du -q"));
        var rows = await RowsAsync("store du");
        Assert.Equal(["WHAT", "COUNT", "SIZE", "ON DISK", "PRUNE FREES"], rows[0]);
        Assert.Equal(["blobs", "disks", "unfinished", "quarantined", "workspaces", "total"], rows[1..].Select(row => row[0]));
        Assert.Equal(("4", "0 B"), (rows[1][1], rows[1][4]));
        var blob = Directory.EnumerateFiles(
            Path.Combine(_session.State, "images", "oci", "blobs"), "*", SearchOption.AllDirectories).MaxBy(path => new FileInfo(path).Length)!;
        await File.AppendAllTextAsync(blob, "x", TestContext.Current.CancellationToken);
        var (exit, output, error) = await _session.RunAsync("store check");
        Assert.Equal(7, exit);
        Assert.Contains("blob_damaged: ", output, StringComparison.Ordinal);
        Assert.Contains("needed by docker.io/library/app:1", output, StringComparison.Ordinal);
        Assert.Contains("1 problem found. Run `loam store check --repair`", error, StringComparison.Ordinal);
        (exit, output, error) = await _session.RunAsync("--json store check --repair");
        var problem = System.Text.Json.Nodes.JsonNode.Parse(output)!["problems"]![0]!;
        Assert.Equal((7, "blob_damaged", false), (exit, (string)problem["kind"]!, (bool)problem["mended"]!));
        Assert.True(File.Exists((string)problem["quarantined_to"]!));
        Assert.Contains("Pull the images named above again.", error, StringComparison.Ordinal);
        Assert.Equal($"sha256:{Path.GetFileName(blob)}\n", (await _session.RunAsync("store check -q")).Output);
    }

    [Fact]
    public async Task Load_and_save()
    {
        await _session.LoadAsync("app:1");
        var saved = await _session.JsonAsync($"save app:1 -o {_session.Folder["a.tar"]} --compress gzip");
        Assert.Equal(("docker", _session.Folder["a.tar"], new FileInfo(_session.Folder["a.tar"]).Length), (
            (string)saved["format"]!, (string)saved["output_path"]!, (long)saved["size_bytes"]!));
        Assert.Equal(0x1f, File.ReadAllBytes(_session.Folder["a.tar"])[0]);
        var text = await _session.CheckAsync($"save --format oci app:1 -o {_session.Folder["b.tar"]}");
        Assert.Equal($"{_session.Folder["b.tar"]} ({Sizes.Format(new FileInfo(_session.Folder["b.tar"]).Length)})\n", text);
        Assert.Equal("oci", (string)(await _session.JsonAsync($"save --format oci --compress zstd app:1 -o {_session.Folder["c.tar"]}"))["format"]!);
        Assert.Equal([0x28, 0xb5, 0x2f, 0xfd], File.ReadAllBytes(_session.Folder["c.tar"])[..4]);
        Assert.Equal(3, (await _session.FailAsync($"save app:1 --platform linux/s390x -o {_session.Folder["d.tar"]}")).Exit);
        await _session.CheckAsync("image rm app:1");
        var loaded = (await _session.JsonAsync($"load -i {_session.Folder["b.tar"]} -t own.example/again:1 --no-disk"))["images"]!.AsArray();
        Assert.Equal(["docker.io/library/app:1", "own.example/again:1"], loaded.Select(image => (string)image!["image_ref"]!).Order(StringComparer.Ordinal));
        Assert.Equal(0, _session.Disks());
        var rows = await RowsAsync($"load -i {_session.Folder["a.tar"]} --size-mib 70");
        Assert.Equal(["IMAGE", "DIGEST", "PLATFORM", "DISK"], rows[0]);
        Assert.Equal(70L << 20, new FileInfo(rows[1][3]).Length);
        Assert.Equal(2, (await _session.RunAsync($"load -i {_session.Folder["a.tar"]} --platform x")).Exit);
    }

    [Fact]
    public async Task Rootfs_and_commit()
    {
        await _session.LoadAsync("app:1");
        var disk = (string)(await _session.JsonAsync("images"))["images"]![0]!["output_path"]!;
        Assert.Equal(2, (int)(await _session.JsonAsync($"rootfs inspect {disk}"))["directories"]!);
        Assert.Equal(36 + 1, (await _session.CheckAsync($"rootfs inspect {disk} -q")).Length);
        Assert.Equal("etc\nopt\n", await _session.CheckAsync($"rootfs ls {disk} -q"));
        Assert.Equal("etc\nopt\nopt/app\n", await _session.CheckAsync($"rootfs ls {disk} -R -q"));
        Assert.Equal("opt/app", (string)(await _session.JsonAsync($"rootfs ls {disk} opt"))["entries"]![0]!["path"]!);
        await _session.CheckAsync($"rootfs export {disk} -o {_session.Folder["out.tar"]}");
        Assert.Contains("opt/app", System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(_session.Folder["out.tar"])), StringComparison.Ordinal);
        var made = await _session.JsonAsync(
            $"commit --from-disk {disk} own.example/made:1 --arch arm64 --author me --message why --created 5 --change 'ENV A=1' --compress zstd:1");
        Assert.Equal(("own.example/made:1", "arm64"), ((string)made["image_ref"]!, (string)made["platform"]!["architecture"]!));
        Assert.Equal("application/vnd.oci.image.layer.v1.tar+zstd", (string)made["layer"]!["media_type"]!);
        var config = (await _session.JsonAsync("image inspect own.example/made:1"))["config"]!;
        Assert.Equal(("me", "1970-01-01T00:00:05Z", "A=1"), ((string)config["author"]!, (string)config["created"]!, (string)config["config"]!["Env"]![0]!));
        Assert.Contains("why", config["history"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal($"own.example/made@{made["digest"]}\n", (await _session.CheckAsync(
            $"commit --from-disk {disk} own.example/made:2 --arch arm64 --author me --message why --created 5 --change 'ENV A=1' --compress zstd:1 -q")));
        await _session.CheckAsync("create w --image app:1");
        var layered = await _session.JsonAsync("commit w own.example/same:1 --layered");
        Assert.Equal(("w", 2, true), ((string)layered["workspace"]!, layered["layers"]!.AsArray().Count, layered["layer"] is null));
        Assert.Contains("\n  layer     none: nothing has changed\n", await _session.CheckAsync(
            "commit w own.example/same:1 --layered --base app:1"), StringComparison.Ordinal);
        Assert.Equal(3, (await _session.FailAsync("commit w own.example/x:1 --layered --base nothing:1")).Exit);
    }

    [Fact]
    public async Task Workspaces()
    {
        await _session.LoadAsync("app:1");
        var made = await _session.JsonAsync("create w --image app:1 --memory 96 --cpus 3 -e A=1 --size-mib 80");
        Assert.Equal(("w", 96, 3, "A=1", 80L << 20), (
            (string)made["name"]!, (int)made["memory_mib"]!, (int)made["cpus"]!, (string)made["env"]![0]!, (long)made["size_bytes"]!));
        Assert.Equal("v\n", await _session.CheckAsync("clone w v -q"));
        var disk = (string)made["disk"]!;
        Assert.Contains("\n  from    a disk file\n", await _session.CheckAsync($"create --id u --rootfs {disk}"), StringComparison.Ordinal);
        Assert.Equal("u\nv\nw\n", await _session.CheckAsync("ls -q"));
        Assert.Equal("stopped\n", await _session.CheckAsync("status w -q"));
        Assert.Equal(3, (int)(await _session.JsonAsync("status v"))["cpus"]!);
        Assert.Equal("v: deleted\n", await _session.CheckAsync("rm v"));
        Assert.Equal(["u", "w"], (await _session.JsonAsync("ls"))["workspaces"]!.AsArray().Select(workspace => (string)workspace!["name"]!));
        foreach (var command in (string[])["halt", "kill", "pause", "resume", "exec"])
        {
            Assert.Equal(4, (await _session.FailAsync($"{command} w{(command == "exec" ? " ls" : "")}")).Exit);
        }

        await _session.CheckAsync($"cp w:/opt/app {_session.Folder["copy"]}");
        Assert.Equal("one", await File.ReadAllTextAsync(_session.Folder["copy"], TestContext.Current.CancellationToken));
        Assert.Equal(2, (await _session.FailAsync("cp a b")).Exit);
        Assert.Equal(2, (await _session.FailAsync("cp w:a w:b")).Exit);
        Assert.Equal(3, (await _session.FailAsync("status nobody")).Exit);
        Assert.Equal(3, (await _session.FailAsync("logs nobody")).Exit);
        Assert.Equal(2, (await _session.FailAsync("create -- -bad --image app:1")).Exit);
    }

    [Fact]
    public async Task Registry_logins()
    {
        await File.WriteAllTextAsync(
            Directory.CreateDirectory(_session.State).FullName + "/auth.json",
            """{"auths":{"a.example":{"auth":"Ym9iOng="},"b.example/team":{"auth":"YWxpY2U6eQ=="}}}""",
            TestContext.Current.CancellationToken);
        File.SetUnixFileMode(Path.Combine(_session.State, "auth.json"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var logins = (await _session.JsonAsync("registry list"))["registries"]!.AsArray();
        Assert.Equal(["a.example bob auth.json", "b.example/team alice auth.json"], logins.Select(
            login => $"{login!["registry"]} {login["username"]} {login["source"]}"));
        Assert.Equal("a.example\nb.example/team\n", await _session.CheckAsync("registry ls -q"));
        Assert.StartsWith("REGISTRY        USER   SOURCE     WHERE\n", await _session.CheckAsync("registry list"), StringComparison.Ordinal);
        var explained = await _session.JsonAsync("registry list --explain b.example/team/app:1");
        Assert.Equal(
            ("auth.json", "alice", "b.example/team/app:1"), ((string)explained["source"]!, (string)explained["username"]!, (string)explained["image_ref"]!));
        Assert.Equal([false, false, true], explained["steps"]!.AsArray().Select(step => (bool)step!["used"]!));
        Assert.Equal("anonymous\n", await _session.CheckAsync("registry list --explain b.example/other -q"));
        Assert.Equal("Logged out of a.example\n", await _session.CheckAsync("registry logout a.example"));
        Assert.Equal(3, (await _session.FailAsync("registry logout a.example")).Exit);
        Assert.Equal("""["b.example/team"]""", (await _session.JsonAsync("registry logout --all"))["registries"]!.ToJsonString());
        Assert.Equal($"{_session.State}/auth.json has no credentials\n", await _session.CheckAsync("registry logout --all"));
    }

    [Fact]
    public async Task Registries_are_pulled_from_and_pushed_to()
    {
        await using var registry = InProcessRegistry.Start();
        new TestImage().Add(new TarAuthor().File("a", "b").End()).Push(registry, "app", "1");
        var pulled = await _session.JsonAsync($"pull {registry.Host}/app:1");
        Assert.False((bool)pulled["up_to_date"]!);
        Assert.True((bool)(await _session.JsonAsync($"pull {registry.Host}/app:1"))["up_to_date"]!);
        Assert.False((bool)(await _session.JsonAsync($"pull --force {registry.Host}/app:1"))["up_to_date"]!);
        registry.Script = call => call.Path.EndsWith("/tags/list", StringComparison.Ordinal) ? new Misbehaviour.Answer(200, """{"tags":["1","2"]}""") : null;
        Assert.Equal("1\n2\n", await _session.CheckAsync($"tags {registry.Host}/app"));
        Assert.Equal($"{registry.Host}/app", (string)(await _session.JsonAsync($"tags {registry.Host}/app"))["repository"]!);
        var pushed = await _session.JsonAsync($"push {registry.Host}/app:1 {registry.Host}/other:2");
        Assert.Equal(($"{registry.Host}/other:2", 0), ((string)pushed["destination_ref"]!, (int)pushed["uploaded_blobs"]!));
        Assert.Equal($"{registry.Host}/other:2@{pushed["digest"]}\n", await _session.CheckAsync($"push {registry.Host}/app:1 {registry.Host}/other:2 -q"));
        var disk = await _session.JsonAsync($"rootfs push {registry.Host}/app:1");
        Assert.Equal((string)pulled["sha256"]!, (string)disk["sha256"]!);
        await _session.CheckAsync($"image rm {registry.Host}/app:1");
        await _session.CheckAsync("image prune --delete --yes");
        registry.ForgetCalls();
        Assert.Equal((string)pulled["sha256"]!, (string)(await _session.JsonAsync($"pull --prefer-disk {registry.Host}/app:1"))["sha256"]!);
        Assert.DoesNotContain(registry.Calls, call => call.IsBlob && call.Path.Contains(((string)pulled["digest"]!)[7..], StringComparison.Ordinal));
        Assert.Equal(3, (await _session.FailAsync($"rootfs pull {registry.Host}/app:1 --size-mib 99 -q")).Exit);
        Assert.Equal((string)pulled["sha256"]!, (string)(await _session.JsonAsync($"rootfs pull {registry.Host}/app:1 --force"))["sha256"]!);
        Assert.Equal(4, (await _session.FailAsync($"rootfs build --image {registry.Host}/app:1 --out {_session.Folder["x.ext4"]}")).Exit);
        var built = await _session.JsonAsync(
            $"rootfs build --image {registry.Host}/app@{pulled["digest"]} --out {_session.Folder["x.ext4"]} --keep-stage --exec true --size-mib 33");
        Assert.Equal((_session.Folder["x.ext4"], _session.Folder["x.ext4.stage"], 33L << 20), (
            (string)built["output_path"]!, (string)built["stage_path"]!, (long)built["size_bytes"]!));
        Assert.True(File.Exists(_session.Folder["x.ext4.stage/a"]));
        built = await _session.JsonAsync(
            $"rootfs build --image {registry.Host}/app:1 --allow-mutable --out {_session.Folder["y.ext4"]} --stage-snapshot {_session.Folder["snap"]}");
        Assert.Equal(_session.Folder["snap"], (string)built["stage_path"]!);
    }

    [Fact]
    public async Task Version_and_help()
    {
        Assert.Equal($"loam {LoamVersion.Text}\n", await _session.CheckAsync("version"));
        Assert.Equal($"{LoamVersion.Text}\n", await _session.CheckAsync("version -q"));
        var verbose = await _session.CheckAsync("version --verbose");
        Assert.StartsWith($"loam {LoamVersion.Text}\n  runtime   {LoamRuntime.Current.Name}", verbose, StringComparison.Ordinal);
        Assert.Contains("support", verbose, StringComparison.Ordinal);
        var json = await _session.JsonAsync("version");
        Assert.Equal((Platform.Host.ToString(), false), ((string)json["platform"]!, (bool)json["native"]!));
        Assert.Equal($"{LoamRuntime.Current.SupportEnds:yyyy-MM-dd}", (string)json["runtime_support_ends"]!);
        var failed = await _session.RunAsync("--mode ax image inspect nothing:1");
        Assert.Equal((3, ""), (failed.Exit, failed.Output));
        Assert.StartsWith("{\"error\":{\"code\":\"image_not_found\"", failed.Error, StringComparison.Ordinal);
        Assert.Contains("   at ", (await _session.RunAsync("image inspect nothing:1 --verbose")).Error, StringComparison.Ordinal);
        Assert.Equal((2, "loam: unknown command 'pul'. Did you mean 'pull'? See `loam --help`."), await _session.FailAsync("pul x"));
    }
}
