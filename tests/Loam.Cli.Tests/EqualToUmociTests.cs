using Loam.TestKit;

namespace Loam.Cli.Tests;

/// <summary>Finished disks against what umoci unpacks of the same images, entry by entry, through the kernel.</summary>
public sealed class EqualToUmociTests
{
    public static TheoryData<string> Tricky => [.. TrickyLayers.All.Where(stack => stack.UmociDiffers is null).Select(stack => stack.Name)];

    [Theory]
    [MemberData(nameof(Tricky))]
    public async Task A_disk_holds_what_umoci_unpacks(string name)
    {
        Tools.Require("umoci", "e2fsck", "getfattr");
        Tools.RequireRoot();
        var stack = TrickyLayers.All.Single(stack => stack.Name == name);
        using var folder = new TemporaryFolder();
        await using var registry = InProcessRegistry.Start();
        var image = new TestImage();
        foreach (var (layer, i) in stack.Layers.Select((layer, i) => (layer, i)))
        {
            image.Add(layer, i % 2 == 0 ? LayerForm.Gzip : LayerForm.Tar);
        }

        image.Push(registry, "tricky", "t");
        image.WriteLayout(folder["layout"]);
        var disk = LoamBinary.Check("pull", "-q", $"{registry.Host}/tricky:t", "--state-dir", folder["state"]).Trim();
        Judges.AssertClean(disk);
        var expected = TreeListing.Of(Judges.UmociUnpack(folder["layout"], "t", folder["bundle"]));
        using var mount = new LoopMount(disk, folder["mount"]);
        TreeListing.AssertSame(expected, TreeListing.Of(mount.Path));
    }

    [Fact]
    public async Task Mke2fs_and_staged_files_hold_the_same_tree()
    {
        Tools.Require("mke2fs", "e2fsck", "getfattr");
        Tools.RequireRoot();
        using var folder = new TemporaryFolder();
        await using var registry = InProcessRegistry.Start();
        var image = new TestImage();
        string[] kinds = ["attributes", "devices", "names", "large", "files"];
        var stacks = TrickyLayers.All.Where(stack => kinds.Any(kind => stack.Name.StartsWith(kind, StringComparison.Ordinal)));
        foreach (var layer in stacks.SelectMany(stack => stack.Layers))
        {
            image.Add(layer);
        }

        image.Push(registry, "tricky", "t");
        string[] build = ["rootfs", "build", "--image", $"{registry.Host}/tricky:t", "--allow-mutable", "-q", "--state-dir", folder["state"]];
        LoamBinary.Check([.. build, "--out", folder["own.ext4"], "--stage-snapshot", folder["stage"]]);
        LoamBinary.Check([.. build, "--out", folder["theirs.ext4"], "--mke2fs", Tools.Find("mke2fs")!]);
        Tools.Check("e2fsck", "-fn", folder["theirs.ext4"]);
        using var own = new LoopMount(folder["own.ext4"], folder["own"]);
        using var theirs = new LoopMount(folder["theirs.ext4"], folder["theirs"]);
        var expected = TreeListing.Of(own.Path);
        TreeListing.AssertSame(expected, TreeListing.Of(folder["stage"]));
        var laidOut = TreeListing.Of(theirs.Path);
        laidOut.Remove("lost+found");
        TreeListing.AssertSame(expected, laidOut, path => path.Length == 0);
        Assert.False(Path.Exists(folder["theirs.ext4.stage"]));
    }

    [Fact]
    public async Task Where_umoci_is_no_judge_the_specification_is()
    {
        Tools.RequireRoot();
        using var folder = new TemporaryFolder();
        await using var registry = InProcessRegistry.Start();
        foreach (var (stack, i) in TrickyLayers.All.Where(stack => stack.UmociDiffers is not null).Select((stack, i) => (stack, i)))
        {
            var image = new TestImage();
            Array.ForEach(stack.Layers, layer => image.Add(layer, LayerForm.Zstd));
            image.Push(registry, $"t{i}", "t");
            var disk = LoamBinary.Check("pull", "-q", $"{registry.Host}/t{i}:t", "--state-dir", folder["state"]).Trim();
            Judges.AssertClean(disk);
            using var mount = new LoopMount(disk, folder[$"mount{i}"]);
            var found = TreeListing.Of(mount.Path);
            found.Remove("");
            Assert.Equal(Expected[stack.Name], string.Join(' ', found.Keys));
            var unnamed = found.Where(entry =>
                entry.Key is "p" or "p/q" or "p/q/r" || (stack.Name.StartsWith("a whiteout's", StringComparison.Ordinal) && entry.Key == "no"));
            Assert.All(unnamed, entry => Assert.Contains("mode=755 owner=0:0 size=- mtime=0.", entry.Value, StringComparison.Ordinal));
            if (stack.Name == "an attribute without a value")
            {
                Assert.Contains("user.empty=0x", found["f"], StringComparison.Ordinal);
            }
        }
    }

    /// <summary>By the words of the image specification, <c>layer.md</c>: implied parents; "Whiteouts"; "Opaque Whiteout".</summary>
    private static Dictionary<string, string> Expected { get; } = new(StringComparer.Ordinal)
    {
        ["an opaque mark after its siblings"] = "a a/new a/sub a/sub/new",
        ["an attribute without a value"] = "f",
        ["entries imply their parents"] = "p p/q p/q/r p/q/r/file",
        ["parents that are symbolic links"] = "abs lib up usr usr/b usr/c usr/lib usr/lib/a",
        ["a whiteout of what is not there"] = "x",
        ["a whiteout's folder changed in the same layer"] = "a a/new",
    };
}
