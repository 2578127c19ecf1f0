using Loam.Store;
using Loam.TestKit;

namespace Loam.Tests.Store;

/// <summary>Blobs and disks that are not what they were are not taken for it.</summary>
public sealed class BlobStoreTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_blob_is_read_only_with_its_digest_its_length_and_within_the_cap()
    {
        using var local = new LocalStore();
        var content = TestImage.Noise(1000, 1);
        var blob = new Descriptor { MediaType = "", Digest = Digest.Sha256(content), Size = content.Length };
        await local.Store.Blobs.AddAsync(blob.Digest, content, Stop);
        Assert.True(local.Store.Blobs.Has(blob));
        Assert.Equal(content, local.Store.Blobs.ReadVerified(blob, cap: 1000));
        local.Store.Blobs.Verify(blob);
        Assert.Equal(ErrorCodes.StoreDamaged, Fail(() => local.Store.Blobs.ReadVerified(blob, cap: 999)));
        Assert.Equal(ErrorCodes.StoreDamaged, Fail(() => local.Store.Blobs.ReadVerified(blob with { Size = 999 }, cap: 1000)));
        Assert.False(local.Store.Blobs.Has(blob with { Size = 999 }));
        local.Damage(blob.Digest);
        Assert.Equal(ErrorCodes.StoreDamaged, Fail(() => local.Store.Blobs.ReadVerified(blob, cap: 1000)));
        Assert.Equal(ErrorCodes.StoreDamaged, Fail(() => local.Store.Blobs.Verify(blob)));
        File.Delete(local.Store.Paths.Blob(blob.Digest));
        Assert.Equal(ErrorCodes.BlobMissing, Fail(() => local.Store.Blobs.Verify(blob)));
    }

    [Fact]
    public async Task A_disk_that_was_cut_off_is_built_again()
    {
        using var local = new LocalStore();
        var image = await local.LoadAsync("app:1", new TestImage().Add(new TarAuthor().File("a", "1").End()), disk: true);
        var key = DiskKey.Of(image.Digest, new DiskOptions { SizeMib = 8 });
        Assert.Equal(image.Digest, local.Store.Disks.Find(key)!.Digest);
        using (var disk = File.OpenHandle(image.OutputPath, FileMode.Open, FileAccess.Write))
        {
            RandomAccess.SetLength(disk, image.SizeBytes - 4096);
        }

        Assert.Null(local.Store.Disks.Find(key));
        using (var whole = File.OpenHandle(image.OutputPath, FileMode.Open, FileAccess.Write))
        {
            RandomAccess.SetLength(whole, image.SizeBytes);
        }

        Assert.NotNull(local.Store.Disks.Find(key));
        File.WriteAllText(Path.Combine(Path.GetDirectoryName(image.OutputPath)!, "disk.json"), "{");
        Assert.Null(local.Store.Disks.Find(key));
    }

    private static ErrorCode Fail(Action action) => Assert.Throws<LoamException>(action).Code;
}
