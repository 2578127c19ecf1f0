using System.Text.Json.Nodes;
using Loam.Files;
using Loam.TestKit;

namespace Loam.Cli.Tests;

/// <summary>The commands of the two products' pages on images, with the program's name changed, do what those pages say.</summary>
public sealed class ReferencePageTests
{
    [Fact]
    public async Task The_image_page()
    {
        await using var store = new StoreFixture();
        var ubuntu = $"{store.Registry.Host}/library/ubuntu:24.04";
        var digest = new TestImage().Add(StoreFixture.Base).Push(store.Registry, "library/ubuntu", "24.04");
        store.Check("image", "pull", ubuntu);
        var rows = store.Check("image", "list").TrimEnd().Split('\n');
        Assert.Equal(
            ["IMAGE", "DIGEST", "PLATFORM", "SIZE", "LAST USED"], rows[0].Split("  ", StringSplitOptions.RemoveEmptyEntries).Select(cell => cell.Trim()));
        Assert.StartsWith(ubuntu, Assert.Single(rows[1..]), StringComparison.Ordinal);

        var record = Assert.Single(store.Json("image", "list")["images"]!.AsArray())!.AsObject();
        Assert.Equal(["image_ref", "resolved_ref", "digest", "platform", "output_path", "size_bytes", "last_used_at"], record.Select(field => field.Key));
        Assert.Equal(["os", "architecture"], record["platform"]!.AsObject().Select(field => field.Key));
        Assert.Equal($"{store.Registry.Host}/library/ubuntu@{digest}", (string)record["resolved_ref"]!);
        Assert.Equal(Path.Combine(store.Images, $"sha256-{digest.Hex}", "rootfs.ext4"), (string)record["output_path"]!);
        Assert.Equal(new FileInfo((string)record["output_path"]!).Length, (long)record["size_bytes"]!);

        // "tag resolves <source> against the recorded image reference, resolved reference, or digest. It creates another
        // index record pointing at the same local rootfs path."
        foreach (var source in (string[])[ubuntu, $"{store.Registry.Host}/library/ubuntu@{digest}", $"sha256:{digest.Hex[..12]}"])
        {
            store.Check("image", "tag", source, "local/ubuntu:baseline");
            var paths = store.Json("image", "list")["images"]!.AsArray().Select(image => (string)image!["output_path"]!).ToList();
            Assert.Equal(2, paths.Count);
            Assert.Single(paths.Distinct(StringComparer.Ordinal));
            store.Check("image", "delete", "local/ubuntu:baseline");
        }

        // "With --delete, it asks for confirmation and deletes a reusable rootfs only when no remaining image record
        // points to that file." "nonzero when … a deletion needs confirmation that non-interactive input cannot provide"
        store.Check("image", "tag", ubuntu, "local/ubuntu:baseline");
        Assert.NotEqual(0, store.Run("image", "delete", ubuntu, "--delete").ExitCode);
        store.Check("image", "delete", ubuntu, "--delete", "--yes");
        Assert.Equal(1, store.Disks());
        store.Check("image", "delete", "local/ubuntu:baseline", "--delete", "-y");
        Assert.Equal(0, store.Disks());

        // "By default, prune updates only the image index by removing records whose rootfs path no longer exists."
        store.Check("image", "pull", ubuntu);
        Directory.Delete(Path.Combine(store.Images, $"sha256-{digest.Hex}"), recursive: true);
        var blobs = store.Blobs();
        store.Check("--json", "image", "prune");
        Assert.Empty(store.Names());
        Assert.Equal(blobs, store.Blobs());
        store.Check("--json", "image", "prune", "--delete", "--yes");
        Assert.Equal(0, store.Blobs());
        Assert.NotEqual(0, store.Run("image", "tag", "nothing/here", "local/x:1").ExitCode);
    }

    [Fact]
    public async Task The_image_commands_page()
    {
        await using var store = new StoreFixture();
        store.Pull(store.AppName, store.ToolName);
        Assert.Equal(2, JsonNode.Parse(store.Check("images", "--format", "json"))!["images"]!.AsArray().Count);
        Assert.Equal($"{store.AppName}\n{store.ToolName}\n", store.Check("images", "-q"));
        Assert.Contains(store.App.ToString(), store.Check("image", "inspect", store.AppName), StringComparison.Ordinal);
        var inspected = JsonNode.Parse(store.Check("image", "inspect", store.AppName, "--format", "json"))!;
        Assert.Equal(["manifest", "layers", "config"], ((string[])["manifest", "layers", "config"]).Where(field => inspected[field] is not null));

        // "(layers shared with other images are kept)"
        store.Check("rmi", store.AppName, "-q");
        store.Check("store", "check");
        Assert.Equal([store.ToolName], store.Names());
        store.AddWorkspace("w", store.ToolName, $"sha256-{store.Tool.Hex}");
        Assert.NotEqual(0, store.Run("image", "rm", store.ToolName).ExitCode);
        store.Check("image", "prune");
        store.Check("image", "prune", "--yes");
        store.Check("image", "prune", "--format", "json");
        store.Check("image", "prune", "-q");
        Assert.Equal([store.ToolName], store.Names());
        store.Check("image", "rm", "-f", store.ToolName);
        Assert.Empty(store.Names());
    }

    [Fact]
    public async Task The_commit_page()
    {
        await using var store = new StoreFixture();
        await using var registry = await DockerRegistry.StartAsync();
        store.Pull(store.AppName).Check("create", "research", "--image", store.AppName, "-q");
        var target = $"{registry.Host}/team/research:v1";
        store.Check("commit", "research", target);

        // "The image is written to a local OCI image layout"; "a single-layer OCI image"; "push it to a registry with image push"
        Assert.Single(store.Json("image", "inspect", target)["layers"]!.AsArray());
        store.Check("image", "push", target, "--insecure");
        store.Check("commit", "research", target, "--push", "--insecure", "--backend", "any");
        store.Check("commit", "research", target, "--arch", "arm64", "--push", "--insecure");
        Assert.Contains("linux/arm64", store.Check("image", "list"), StringComparison.Ordinal);

        // "nonzero when the workspace cannot be found, is running or paused, the rootfs extraction fails, or - with --push -
        // the registry push fails"
        Assert.NotEqual(0, store.Run("commit", "nobody", target).ExitCode);
        Assert.NotEqual(0, store.Run("commit", "research", target, "--debugfs", "/nowhere/debugfs").ExitCode);
        Assert.NotEqual(0, store.Run("commit", "research", "127.0.0.1:1/team/research:v1", "--push", "--insecure").ExitCode);
        using (FileLock.TryAcquire(Path.Combine(store.State, "workspaces", "research", "lock"), LockKind.Exclusive))
        {
            Assert.NotEqual(0, store.Run("commit", "research", target).ExitCode);
        }
    }

    [Fact]
    public async Task The_rootfs_page()
    {
        Tools.RequireRoot();
        Tools.Require("mke2fs", "e2fsck");
        await using var store = new StoreFixture();
        var digest = new TestImage { Architecture = "arm64" }.Add(StoreFixture.Base).Push(store.Registry, "library/busybox", "1");
        var pinned = $"{store.Registry.Host}/library/busybox@{digest}";
        var rootfs = store.Folder["busybox-rootfs.ext4"];
        store.Check("rootfs", "build", "--image", pinned, "--arch", "arm64", "--size-mib", "64", "--mke2fs", Tools.Find("mke2fs")!, "--out", rootfs);
        Assert.Equal(64L << 20, new FileInfo(rootfs).Length);
        Tools.Check("e2fsck", "-fn", rootfs);

        // "Hand the result to create"
        File.WriteAllText(store.Folder["kernel"], "a kernel");
        store.Check("create", "--id", "agent-1", "--kernel", store.Folder["kernel"], "--rootfs", rootfs);
        Assert.Equal("agent-1", store.Check("ls", "-q").Trim());

        // The complete set.
        File.WriteAllText(store.Folder["init"], "#!/bin/sh\n");
        string[] staged = ["--keep-stage", "--stage-snapshot", store.Folder["snapshot"]];
        foreach (var flags in (string[][])[["--exec", "echo hello"], ["--init", store.Folder["init"]], staged])
        {
            var built = store.Json(["rootfs", "build", "--image", pinned, "--os", "linux", "--arch", "arm64", "--out", rootfs, .. flags]);
            Assert.Equal(rootfs, (string)built["output_path"]!);
            Tools.Check("e2fsck", "-fn", rootfs);
        }

        Assert.True(File.Exists(Path.Combine(store.Folder["snapshot"], "etc", "motd")));

        // "nonzero when the image cannot be pulled, the reference is a mutable tag without --allow-mutable, or the ext4 image
        // cannot be created. In AX mode a failure is written as a structured error envelope."
        var tag = $"{store.Registry.Host}/library/busybox:1";
        string[] build = ["rootfs", "build", "--arch", "arm64", "--out", store.Folder["other.ext4"], "--image"];
        Assert.Equal((4, "mutable_reference"), (store.Fail([.. build, tag]).Exit, store.Fail([.. build, tag]).Code));
        store.Check([.. build, tag, "--allow-mutable"]);
        Assert.NotEqual(0, store.Run([.. build, $"{store.Registry.Host}/no/image@{digest}"]).ExitCode);
        Assert.Equal("disk_too_small", store.Fail([.. build, pinned, "--size-mib", "1"]).Code);
    }

    [Fact]
    public async Task The_registry_page()
    {
        await using var store = new StoreFixture();
        await using var registry = await DockerRegistry.StartAsync(("USERNAME", "ghcr-token"));
        Assert.Equal(0, store.RunWith("ghcr-token\n", "registry", "login", registry.Host, "-u", "USERNAME", "--password-stdin").ExitCode);
        var file = Path.Combine(store.State, "auth.json");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.Contains(registry.Host, store.Check("registry", "list"), StringComparison.Ordinal);
        Assert.DoesNotContain("ghcr-token", store.Check("registry", "list", "--json"), StringComparison.Ordinal);

        // What is stored is used; what another file says comes first.
        var app = $"{registry.Host}/team/app:1";
        store.Pull(store.AppName).Check("push", store.AppName, app);
        await File.WriteAllTextAsync(
            store.Folder["auth.json"], await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);
        store.Check("registry", "logout", registry.Host);
        Assert.Equal(3, store.Run("registry", "logout", registry.Host).ExitCode);
        Assert.Equal(5, store.Run("pull", app).ExitCode);
        var shared = new Dictionary<string, string>(StringComparer.Ordinal) { ["REGISTRY_AUTH_FILE"] = store.Folder["auth.json"] };
        Assert.Equal(0, Tools.Run(LoamBinary.Path, ["create", "app", "--image", app, "--state-dir", store.State], input: null, shared).ExitCode);
        Assert.False(File.Exists(file) && File.ReadAllText(file).Contains(registry.Host, StringComparison.Ordinal));
    }
}
