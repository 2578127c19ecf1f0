using System.Text;
using Loam.Disks;
using Loam.Files;
using Loam.Filesystems;
using Loam.Layers;
using Loam.Store;
using Loam.TestKit;

namespace Loam.Tests.Disks;

/// <summary>Disks built from layers, wherever those come from.</summary>
public sealed class DiskBuilderTests : IDisposable
{
    private static readonly DiskOptions Small = new() { SizeMib = 8 };

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_layer_that_turns_out_wrong_after_it_was_applied_spoils_the_disk()
    {
        var verified = new TaskCompletionSource();
        var building = BuildAsync(Small, new MadeLayer(new TarAuthor().File("a", "1").End(), verified.Task));
        await Task.Delay(200, Stop);
        Assert.False(building.IsCompleted);
        verified.SetException(new LoamException(ErrorCodes.DigestMismatch, "wrong"));
        Assert.Same(ErrorCodes.DigestMismatch, (await Assert.ThrowsAsync<LoamException>(() => building)).Code);
    }

    [Fact]
    public async Task What_came_makes_no_sense_because_it_is_not_what_was_asked_for()
    {
        var wrong = Task.FromException(new LoamException(ErrorCodes.DigestMismatch, "wrong"));
        var layer = new MadeLayer(TestImage.Noise(3000, 1), wrong);
        Assert.Same(ErrorCodes.DigestMismatch, (await Assert.ThrowsAsync<LoamException>(() => BuildAsync(Small, layer))).Code);
    }

    [Fact]
    public async Task The_guest_s_init_takes_the_place_of_the_layers_own_and_can_be_run()
    {
        File.WriteAllText(_folder["init"], "#!/bin/sh\n");
        var options = Small with { GuestInit = GuestInit.FromFile(_folder["init"]) };
        await BuildAsync(options, new MadeLayer(new TarAuthor().Directory("sbin/").File("sbin/init", "old").Symlink("sbin/reboot", "init").End()));
        using var disk = RootDisk.Open(_folder["disk"], Stop);
        var init = Assert.IsType<RegularFileNode>(disk.Get("/sbin/init"));
        Assert.Equal((0b111_101_101, 0u, 0u), (init.Metadata.Permissions, init.Metadata.Uid, init.Metadata.Gid));
        Assert.Equal("#!/bin/sh\n", Encoding.UTF8.GetString(disk.Reader.ReadFile("/sbin/reboot", cancellationToken: Stop)));
    }

    [Fact]
    public async Task Layers_go_over_each_other_in_order_and_their_lengths_are_noted()
    {
        var low = new MadeLayer(new TarAuthor().File("a", "1").File("b", "1").End());
        var high = new MadeLayer(new TarAuthor().File("a", "2").Whiteout("b").End());
        var image = Resolve(low, high) with { IndexDigest = Digest.Sha256([7]) };
        var record = await ImageDisk.BuildAsync(image, [low, high], _folder["disk"], Small, null, StableStorage.Real, null, Stop);
        Assert.Equal(image.IndexDigest, record.IndexDigest);
        Assert.Equal((image.Descriptor.Digest, image.Manifest.Config.Digest), (record.Digest, record.ConfigDigest));
        Assert.Equal([low.DiffId, high.DiffId], record.Layers.Select(layer => layer.DiffId));
        Assert.Equal([3072L, 2560L], record.Layers.Select(layer => layer.UncompressedSize!.Value));
        Assert.Equal(record.Disk.Sha256, Tools.Check("sha256sum", _folder["disk"])[..64]);
        using var disk = RootDisk.Open(_folder["disk"], Stop);
        Assert.Equal("2", Encoding.UTF8.GetString(disk.Reader.ReadFile("/a", cancellationToken: Stop)));
        Assert.Null(disk.Find("/b"));
    }

    [Fact]
    public async Task A_disk_that_is_too_small_says_how_large_it_must_be()
    {
        var failure = await Assert.ThrowsAsync<LoamException>(
            () => BuildAsync(Small, new MadeLayer(new TarAuthor().File("a", TestImage.Noise(9 << 20, 1)).End())));
        Assert.Same(ErrorCodes.DiskTooSmall, failure.Code);
        var needed = int.Parse(failure.Details["needed_mib"], System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(needed, 10, 32);
        File.Delete(_folder["disk"]);
        await BuildAsync(new DiskOptions { SizeMib = needed }, new MadeLayer(new TarAuthor().File("a", TestImage.Noise(9 << 20, 1)).End()));
    }

    [Fact]
    public async Task A_program_in_mke2fs_s_place_that_fails_is_told_of()
    {
        Tools.RequireRoot();
        var failure = await Assert.ThrowsAsync<LoamException>(
            () => BuildAsync(Small with { Mke2fs = "/bin/false" }, new MadeLayer(new TarAuthor().File("a", "1").End())));
        Assert.Same(ErrorCodes.Mke2fsFailed, failure.Code);
        Assert.Contains("ended with 1", failure.Message, StringComparison.Ordinal);
        Assert.All(Directory.EnumerateFileSystemEntries(_folder.Path), path => Assert.Equal(_folder["disk"], path));
    }

    private async Task<DiskFacts> BuildAsync(DiskOptions options, params Layer[] layers) =>
        await new DiskBuilder(DiskKey.Of(Digest.Sha256([1]), options), options, null, StableStorage.Real, null).BuildAsync(_folder["disk"], layers, Stop);

    private static ResolvedImage Resolve(params MadeLayer[] layers)
    {
        var descriptor = new Descriptor { MediaType = TestImage.ManifestType, Digest = Digest.Sha256([1]), Size = 1, Platform = Platform.Host };
        var config = new Descriptor { MediaType = "application/vnd.oci.image.config.v1+json", Digest = Digest.Sha256([2]), Size = 1 };
        return new ResolvedImage(
            ImageReference.Parse("app:1"), descriptor, null, new ImageManifest(config, [.. layers.Select(layer => layer.Blob)]), new ImageConfig());
    }

    private sealed class MadeLayer(byte[] tar, Task? verified = null)
        : Layer(new Descriptor { MediaType = "application/vnd.oci.image.layer.v1.tar", Digest = Digest.Sha256(tar), Size = tar.Length }, Digest.Sha256(tar))
    {
        public override Task Verified => verified ?? Task.CompletedTask;

        public override Stream OpenCompressed(CancellationToken cancellationToken) => new MemoryStream(tar);
    }
}
