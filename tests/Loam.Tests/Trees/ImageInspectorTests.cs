using Loam.Filesystems;
using Loam.TestKit;

namespace Loam.Tests.Trees;

/// <summary>What an image's layers change, what two images differ in, and what is told of one.</summary>
public sealed class ImageInspectorTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_images_differ_in_everything_that_differs()
    {
        using var local = new LocalStore();
        var before = Tar().File("same", "1").File("content", "old").File("mode", "1").File("owner", "1").File("group", "1")
            .File("second", "1", time: 7).File("nanosecond", "1", time: 7).File("attributes", "1", xattrs: Attribute(1))
            .File("values", "1", xattrs: Attribute(1))
                .Symlink("link", "a").Device("device", block: false, 1, 3).Fifo("type").File("gone", "1");
        var after = Tar().File("same", "1").File("content", "new").File("mode", "1", mode: 0b100_000_000_000).File("owner", "1", uid: 1)
            .File("group", "1", gid: 1)
                .File("second", "1", time: 8).File("nanosecond", "1", time: 7, nanoseconds: 1).File("attributes", "1").File("values", "1", xattrs: Attribute(2))
                .Symlink("link", "b").Device("device", block: false, 1, 5).File("type", "").Directory("made").File("made/f", "123");
        await local.LoadAsync("before:1", new TestImage().Add(before.End()));
        await local.LoadAsync("after:1", new TestImage().Add(after.End()));
        var changes = await new ImageInspector(local.Store).DiffAsync("before:1", "after:1", null, null, Stop);
        Assert.Equal(
            [
                "Changed attributes xattrs", "Changed content content", "Changed device device", "Removed gone", "Changed group owner", "Changed link target",
                "Added made/", "Added made/f 3", "Changed mode mode", "Changed nanosecond time", "Changed owner owner", "Changed second time",
                "Changed type type", "Changed values xattrs",
            ],
            changes.Where(change => change.Path.Length > 0).Select(Show));
        Assert.Empty(await new ImageInspector(local.Store).DiffAsync("after:1", "after:1", null, null, Stop));
    }

    [Fact]
    public async Task Each_layer_is_told_what_it_adds_and_what_of_those_below_it_wastes()
    {
        using var local = new LocalStore();
        await local.LoadAsync("app:1", new TestImage()
            .Add(Tar().File("a", new string('a', 100)).File("b", new string('b', 20)).End())
            .Add(Tar().File("a", new string('c', 30)).Whiteout("b").End())
            .Add(Tar().File("c", "1").End()));
        var layers = await new ImageInspector(local.Store).ReadTreeAsync("app:1", null, null, Stop);
        Assert.Equal([(120, 0), (30, 120), (1, 0)], layers.Select(layer => ((int)layer.AddedBytes, (int)layer.WastedBytes)));
        Assert.Equal(["Changed a content", "Removed b"], layers[1].Changes.Where(change => change.Path.Length > 0).Select(Show));
        Assert.All(layers, layer => Assert.Equal(0, layer.UncompressedBytes % 512));
    }

    [Fact]
    public async Task Steps_belong_to_layers_where_there_is_one_for_each()
    {
        using var local = new LocalStore();
        var fits = new TestImage().Add(Tar().File("a", "1").End()).Add(Tar().File("b", "1").End());
        fits.History.AddRange([("ADD a", true), ("ENV x", false), ("ADD b", true)]);
        await local.LoadAsync("fits:1", fits);
        var details = await new ImageInspector(local.Store).InspectAsync("fits:1", null, Stop);
        Assert.Equal([0, null, 1], details.History.Select(step => step.Layer));
        Assert.Equal(["ADD a", "ADD b"], details.Layers.Select(layer => layer.CreatedBy));
        Assert.Equal([2048, 2048], details.Layers.Select(layer => (int)layer.UncompressedBytes!));

        var lacks = new TestImage().Add(Tar().File("a", "1").End()).Add(Tar().File("b", "2").End());
        lacks.History.Add(("ADD a", true));
        await local.LoadAsync("lacks:1", lacks);
        details = await new ImageInspector(local.Store).InspectAsync("lacks:1", null, Stop);
        Assert.Null(Assert.Single(details.History).Layer);
        Assert.All(details.Layers, layer => Assert.Null(layer.CreatedBy));
    }

    private static TarAuthor Tar() => new();

    private static XAttr[] Attribute(byte value) => [new XAttr("user.x", new[] { value })];

    private static string Show(PathChange change)
    {
        var isNewFile = change.Kind == ChangeKind.Added && !change.IsDirectory;
        var what = isNewFile ? $"{change.SizeBytes}" : string.Join(',', change.What);
        return $"{change.Kind} {change.Path.TrimStart('/')}{(change.IsDirectory ? "/" : "")} {what}".TrimEnd();
    }
}
