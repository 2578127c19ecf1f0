using System.Text.Json.Nodes;
using Loam.TestKit;

namespace Loam.Cli.Tests;

/// <summary>Names: finding, giving and taking them; what is freed with them, and what is not.</summary>
public sealed class ImageCommandTests
{
    [Fact]
    public async Task An_image_is_found_by_all_that_it_can_be_called()
    {
        await using var store = new StoreFixture();
        store.Pull(store.AppName, store.ToolName);
        foreach (var name in (string[])
            [store.AppName, $"{store.Registry.Host}/team/app@{store.App}", store.App.ToString(), store.App.Hex, store.App.Hex[..6],
             $"sha256:{store.App.Hex[..8]}", "team/app:1", "app:1"])
        {
            Assert.Equal(store.App.ToString(), (string)store.Json("image", "inspect", name)["digest"]!);
        }

        Assert.Equal((3, "image_not_found"), Code(store.Fail("image", "inspect", "app")));
        Assert.Equal((3, "image_not_found"), Code(store.Fail("image", "inspect", store.App.Hex[..5])));
        Assert.Equal((3, "image_not_found"), Code(store.Fail("image", "inspect", $"{store.Registry.Host}/team/tool@{store.App}")));
    }

    [Fact]
    public async Task What_can_be_several_images_is_an_error_that_names_them()
    {
        await using var store = new StoreFixture();
        store.Pull(store.AppName, store.ToolName);
        store.Check("image", "tag", store.AppName, "example.org/x/same:1");
        store.Check("image", "tag", store.ToolName, "example.org/y/same:1");
        var (exit, code, message) = store.Fail("image", "inspect", "same:1");
        Assert.Equal((2, "image_ambiguous"), (exit, code));
        Assert.Contains("example.org/x/same:1", message, StringComparison.Ordinal);
        Assert.Contains("example.org/y/same:1", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tag_is_one_more_name_for_the_same_disk()
    {
        await using var store = new StoreFixture();
        store.Pull(store.AppName);
        var tagged = Assert.Single(store.Json("image", "tag", store.App.Hex[..12], "local/app:baseline")["images"]!.AsArray());
        Assert.Equal("docker.io/local/app:baseline", (string)tagged!["image_ref"]!);
        var images = store.Json("image", "list")["images"]!.AsArray();
        Assert.Equal(2, images.Count);
        Assert.Single(images.Select(image => (string)image!["output_path"]!).Distinct(StringComparer.Ordinal));
        Assert.Equal((2, "tag_invalid"), Code(store.Fail("image", "tag", store.AppName, $"x@{store.App}")));

        // The name moves when it is given to another image.
        store.Pull(store.ToolName).Check("image", "tag", store.ToolName, "local/app:baseline");
        Assert.Equal(store.Tool.ToString(), (string)store.Json("image", "inspect", "local/app:baseline")["digest"]!);
    }

    [Fact]
    public async Task Delete_drops_the_name_and_with_consent_what_only_it_leads_to()
    {
        await using var store = new StoreFixture();
        store.Pull(store.AppName, store.ToolName);
        store.Check("image", "tag", store.AppName, "local/app:2");
        store.Check("image", "delete", store.AppName);
        Assert.Equal(2, store.Disks());

        // Another name leads to the same image, so nothing is freed.
        store.Pull(store.AppName);
        var kept = store.Json("image", "delete", store.AppName, "--delete", "--yes");
        Assert.Equal(0, (long)kept["freed_bytes"]!);
        Assert.Equal(2, store.Disks());

        Assert.Equal((4, "needs_confirmation"), Code(store.Fail("image", "delete", "local/app:2", "--delete")));
        var planned = store.Json("image", "delete", "local/app:2", "--delete", "--dry-run");
        Assert.True((bool)planned["dry_run"]!);
        Assert.True(JsonNode.DeepEquals(planned, store.Json("rmi", "-n", "local/app:2")));
        Assert.Equal(2, store.Names().Count);
        var (before, blobs) = (store.Allocated(), store.Blobs());
        var freed = store.Json("image", "delete", "local/app:2", "--delete", "-y");
        planned["dry_run"] = false;
        Assert.True(JsonNode.DeepEquals(planned, freed), $"{planned}\n{freed}");
        Assert.Single(freed["disks"]!.AsArray());
        Assert.Equal(3, freed["blobs"]!.AsArray().Count);
        Assert.Equal((1, blobs - 3), (store.Disks(), store.Blobs()));

        // The index is shorter by a name, but takes the same block.
        Assert.Equal(before - store.Allocated(), (long)freed["freed_bytes"]!);
        Assert.Equal([store.ToolName], store.Names());
        store.Check("store", "check");
        store.Check("pull", "-q", store.ToolName);
    }

    [Fact]
    public async Task Images_that_workspaces_use_are_refused_unless_forced()
    {
        await using var store = new StoreFixture();
        store.Pull(store.AppName, store.ToolName);
        store.AddWorkspace("w", store.AppName, disk: null);
        store.AddWorkspace("v", image: null, store.Tool.Hex);
        Assert.Equal((4, "image_in_use"), Code(store.Fail("rmi", store.AppName)));
        Assert.Equal((4, "image_in_use"), Code(store.Fail("image", "rm", store.ToolName, store.AppName)));
        Assert.Equal((4, "image_in_use"), Code(store.Fail("image", "delete", store.ToolName, "--delete", "--yes")));
        Assert.Equal(2, store.Names().Count);

        // A name may go; the disk that a workspace was made from stays, through prune too.
        store.Check("image", "delete", store.ToolName);
        var pruned = store.Json("image", "prune", "--delete", "--yes");
        Assert.Equal($"sha256-{store.Tool.Hex}", (string)Assert.Single(pruned["kept"]!.AsArray())!["name"]!);
        Assert.Equal(2, store.Disks());
        Assert.Equal("w", (string)Assert.Single(store.Json("image", "inspect", store.AppName)["used_by"]!.AsArray())!);

        store.Check("rmi", "--force", store.AppName);
        Assert.Equal(1, store.Disks());
        File.WriteAllText(Path.Combine(store.State, "workspaces", "v", "workspace.json"), "{");
        Assert.Equal((7, "workspace_unreadable"), Code(store.Fail("image", "prune", "--delete", "--yes")));
        Assert.Equal(1, store.Disks());
    }

    [Fact]
    public async Task Several_images_go_at_once_or_none()
    {
        await using var store = new StoreFixture();
        store.Pull(store.AppName, store.ToolName);
        Assert.Equal((3, "image_not_found"), Code(store.Fail("rmi", store.AppName, "nothing:1")));
        Assert.Equal(2, store.Names().Count);
        store.Check("rmi", store.AppName, store.ToolName);
        Assert.Equal((0, 0, 0), (store.Names().Count, store.Disks(), store.Blobs()));
    }

    [Fact]
    public async Task Prune_drops_stale_names_and_leftovers_and_frees_the_unused_only_with_consent()
    {
        await using var store = new StoreFixture();
        store.Pull(store.AppName, store.ToolName);
        File.Delete(Path.Combine(store.Images, $"sha256-{store.App.Hex}", "rootfs.ext4"));
        File.WriteAllBytes(Path.Combine(store.Images, "ingest", "sha256-00.part"), new byte[5000]);
        var planned = store.Json("image", "prune", "--dry-run");
        Assert.True((bool)planned["dry_run"]!);
        Assert.Equal(2, store.Names().Count);
        var done = store.Json("image", "prune");
        Assert.Equal(planned["removed"]!.ToJsonString(), done["removed"]!.ToJsonString());
        Assert.Equal(8192, (long)done["freed_bytes"]!);
        Assert.Equal([store.ToolName], store.Names());
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(store.Images, "ingest")));
        Assert.Equal(2, store.Disks());

        Assert.Equal((4, "needs_confirmation"), Code(store.Fail("image", "prune", "--delete")));
        var (before, plan) = (store.Allocated(), store.Json("image", "prune", "--delete", "--dry-run"));
        Assert.Equal((long)plan["freed_bytes"]!, (long)store.Json("store", "du")["total"]!["reclaimable_bytes"]!);
        Assert.Equal(before, store.Allocated());
        var freed = JsonNode.Parse(store.Check("image", "prune", "--delete", "-y", "--format", "json"))!;
        Assert.Equal(before - store.Allocated(), (long)freed["freed_bytes"]!);
        Assert.Equal((long)plan["freed_bytes"]!, (long)freed["freed_bytes"]!);
        Assert.Equal((1, 4), (store.Disks(), store.Blobs()));
        Assert.Equal(0, (long)store.Json("image", "prune", "--delete")["freed_bytes"]!);
        store.Check("store", "check");
    }

    [Fact]
    public async Task Prune_by_age_takes_what_was_not_used_for_so_long()
    {
        await using var store = new StoreFixture();
        store.Pull(store.AppName, store.ToolName);
        File.SetLastWriteTimeUtc(Path.Combine(store.Images, $"sha256-{store.App.Hex}", "rootfs.ext4"), DateTime.UtcNow.AddDays(-40));
        Assert.Equal((2, "usage"), Code(store.Fail("image", "prune", "--older-than", "30d")));
        Assert.Equal((2, "usage"), Code(store.Fail("image", "prune", "--delete", "--older-than", "soon")));
        store.AddWorkspace("w", store.AppName, disk: null);
        Assert.Empty(store.Json("image", "prune", "--delete", "--yes", "--older-than", "30d")["removed"]!.AsArray());
        Directory.Delete(Path.Combine(store.State, "workspaces"), recursive: true);
        Assert.Empty(store.Json("image", "prune", "--delete", "--yes", "--older-than", "60d")["removed"]!.AsArray());
        Assert.Single(store.Json("image", "prune", "--delete", "--yes", "--older-than", "30d")["removed"]!.AsArray());
        Assert.Equal([store.ToolName], store.Names());

        // Using an image makes it young again.
        File.SetLastWriteTimeUtc(Path.Combine(store.Images, $"sha256-{store.Tool.Hex}", "rootfs.ext4"), DateTime.UtcNow.AddDays(-40));
        store.Pull(store.ToolName);
        Assert.Empty(store.Json("image", "prune", "--delete", "--yes", "--older-than", "30d")["removed"]!.AsArray());
    }

    [Fact]
    public async Task On_a_terminal_prune_asks()
    {
        Tools.Require("script");
        await using var store = new StoreFixture();
        store.Pull(store.AppName).Check("image", "delete", store.AppName);
        var command = $"{LoamBinary.Path} image prune --delete --state-dir {store.State}";
        var no = Tools.Run("script", ["-qec", command, "/dev/null"], "n\n"u8.ToArray(), environment: null);
        Assert.Equal(4, no.ExitCode);
        Assert.Contains("? [y/N] ", no.Output, StringComparison.Ordinal);
        Assert.Equal(1, store.Disks());
        var yes = Tools.Run("script", ["-qec", command, "/dev/null"], "y\n"u8.ToArray(), environment: null);
        Assert.True(yes.ExitCode == 0, yes.All);
        Assert.Equal((0, 0), (store.Disks(), store.Blobs()));
    }

    [Fact]
    public async Task Lists_are_filtered_and_have_the_columns_that_were_asked_for()
    {
        await using var store = new StoreFixture();
        var tar = new TarAuthor().File("x", "y").End();
        var labelled = new TestImage { Labels = { ["vendor"] = "ACME", ["stage"] = "beta" } }.Add(tar);
        labelled.Push(store.Registry, "team/labelled", "7");
        store.Pull(store.AppName, store.ToolName, $"{store.Registry.Host}/team/labelled:7");
        Assert.Equal([store.AppName], Filtered("reference=*/team/app*"));
        Assert.Equal([store.AppName], Filtered("app:*"));
        Assert.Equal([store.ToolName], Filtered("reference=tool"));
        Assert.Equal(3, Filtered("team/*").Count);
        Assert.Equal([$"{store.Registry.Host}/team/labelled:7"], Filtered("label=vendor=ACME"));
        Assert.Empty(Filtered("label=vendor=other"));
        Assert.Empty(Filtered("dangling=true"));
        store.Check("image", "delete", store.ToolName);
        File.Delete(Path.Combine(store.Images, $"sha256-{store.App.Hex}", "rootfs.ext4"));
        Assert.Equal([store.AppName, $"{store.Registry.Host}/team/tool@{store.Tool}"], Filtered("dangling=true"));
        Assert.Equal([$"{store.Registry.Host}/team/labelled:7"], Filtered("dangling=false"));
        Assert.Equal((2, "usage"), Code(store.Fail("images", "--filter", "colour=red")));
        Assert.Equal((2, "usage"), Code(store.Fail("images", "--columns", "image,colour")));

        var table = store.Check("images", "--columns", "bytes,image", "--filter", "labelled").Trim().Split('\n');
        Assert.Equal(["BYTES", "IMAGE"], table[0].Split("  ", StringSplitOptions.RemoveEmptyEntries).Select(cell => cell.Trim()));
        Assert.True(long.Parse(table[1].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture) > 1_000_000);
        Assert.Contains(" MB ", store.Check("images"), StringComparison.Ordinal);

        IReadOnlyList<string> Filtered(string filter) =>
            [.. store.Json("images", "--filter", filter)["images"]!.AsArray().Select(image => (string)image!["image_ref"]!)];
    }

    private static (int, string) Code((int Exit, string Code, string Message) failure) => (failure.Exit, failure.Code);
}
