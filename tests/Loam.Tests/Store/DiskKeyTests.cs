using Loam.Store;

namespace Loam.Tests.Store;

/// <summary>A disk's folder is named for the image and the options it was built with.</summary>
public sealed class DiskKeyTests
{
    private static readonly Digest Manifest = Digest.Sha256([1]);

    [Fact]
    public void With_the_usual_options_it_is_the_image_s_digest_if_that_is_a_SHA_256()
    {
        Assert.Equal(Manifest.Hex, DiskKey.Of(Manifest, new DiskOptions()).Hex);
        var longer = Digest.Parse("sha512:" + new string('a', 128));
        Assert.Equal(64, DiskKey.Of(longer, new DiskOptions()).Hex.Length);
        Assert.NotEqual(DiskKey.Of(longer, new DiskOptions()), DiskKey.Of(Digest.Parse("sha512:" + new string('b', 128)), new DiskOptions()));
    }

    [Fact]
    public void Whatever_changes_the_disk_changes_its_key()
    {
        DiskOptions[] options =
        [
            new(), new() { SizeMib = 8 }, new() { SizeMib = 9 }, new() { Mke2fs = "mke2fs" },
            new() { GuestInit = GuestInit.FromCommand("a", new ImageConfig()) }, new() { GuestInit = GuestInit.FromCommand("b", new ImageConfig()) },
        ];
        var keys = options.Select(option => DiskKey.Of(Manifest, option)).ToList();
        Assert.Equal(keys.Count, keys.Distinct().Count());
        Assert.Equal(keys[0], DiskKey.Of(Manifest, new DiskOptions { Limits = new LayerLimits { MaximumEntries = 1 } }));
        Assert.NotEqual(keys[0].DeriveUuid("a"), keys[0].DeriveUuid("b"));
        Assert.NotEqual(keys[0].DeriveUuid("a"), keys[1].DeriveUuid("a"));
    }
}
