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
}
