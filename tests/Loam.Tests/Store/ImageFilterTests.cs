using Loam.TestKit;

namespace Loam.Tests.Store;

/// <summary>Which images are listed.</summary>
public sealed class ImageFilterTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Images_are_told_apart_by_name_and_label_and_whether_anything_is_behind_them()
    {
        using var local = new LocalStore();
        var labelled = new TestImage().Add(new TarAuthor().File("a", "1").End());
        labelled.Labels["role"] = "db";
        labelled.Labels["empty"] = "";
        await local.LoadAsync("team/db:1", labelled, disk: true);
        var other = new TestImage().Add(new TarAuthor().File("b", "1").End());
        other.Labels["role"] = "web";
        await local.LoadAsync("team/web:2", other);
        await local.LoadAsync("plain:1", new TestImage().Add(new TarAuthor().File("c", "1").End()));

        Assert.Equal(["plain:1", "team/db:1", "team/web:2"], List(new ImageFilter()).Order(StringComparer.Ordinal));
        Assert.Equal(["team/db:1", "team/web:2"], List(new ImageFilter { Labels = ["role"] }));
        Assert.Equal(["team/db:1"], List(new ImageFilter { Labels = ["role=db"] }));
        Assert.Equal(["team/db:1"], List(new ImageFilter { Labels = ["empty="] }));
        Assert.Empty(List(new ImageFilter { Labels = ["role=db", "role=web"] }));
        Assert.Empty(List(new ImageFilter { Labels = ["role=d"] }));
        Assert.Equal(["team/db:1", "team/web:2"], List(new ImageFilter { Reference = "team/*" }));
        Assert.Equal(["team/db:1"], List(new ImageFilter { Reference = "d?" }));
        Assert.Equal(["team/web:2"], List(new ImageFilter { Reference = "web:2" }));
        Assert.Equal(["team/db:1"], List(new ImageFilter { Dangling = false }));
        Assert.Equal(["plain:1", "team/web:2"], List(new ImageFilter { Dangling = true }).Order(StringComparer.Ordinal));
        await local.Store.DeleteAsync("team/db:1", new DeleteOptions(), Stop);
        Assert.Equal(3, local.Store.List(new ImageFilter { Dangling = true }).Count);

        IEnumerable<string> List(ImageFilter filter) =>
            local.Store.List(filter).Select(image => image.ImageRef.Replace("docker.io/", "", StringComparison.Ordinal)
                .Replace("library/", "", StringComparison.Ordinal));
    }
}
