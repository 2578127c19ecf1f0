using System.Text.Json.Nodes;
using Loam.TestKit;

namespace Loam.Tests.Pulling;

/// <summary>What a pull brings, and what it need not bring.</summary>
public sealed class PullTests : IAsyncDisposable
{
    private static readonly byte[] Low = new TarAuthor().Directory("etc/").File("etc/low", "1").End();
    private static readonly byte[] High = new TarAuthor().File("etc/high", "2").End();

    private readonly InProcessRegistry _registry = InProcessRegistry.Start();
    private readonly TemporaryFolder _folder = new();
    private readonly RegistryClient _client = new(new RegistryOptions { RetryDelay = TimeSpan.FromMilliseconds(5) });

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private ImageStore Store => ImageStore.Open(_folder["state"]);

    private string Name => $"{_registry.Host}/app:1";

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        _folder.Dispose();
        await _registry.DisposeAsync();
    }

    [Fact]
    public async Task One_name_is_pulled_for_one_platform_after_the_other()
    {
        var platforms = new JsonArray();
        foreach (var architecture in (string[])["amd64", "arm64"])
        {
            var image = new TestImage { Architecture = architecture }.Add(new TarAuthor().File(architecture, "1").End());
            image.Push(_registry, "app", null);
            var entry = TestArchives.Named(image);
            entry["platform"] = new JsonObject { ["os"] = "linux", ["architecture"] = architecture };
            platforms.Add(entry);
        }

        var index = TestArchives.Json(new JsonObject { ["schemaVersion"] = 2, ["mediaType"] = TestArchives.OciIndex, ["manifests"] = platforms });
        var top = _registry.AddManifest("app", "1", TestArchives.OciIndex, index);
        var first = await PullAsync("amd64");
        var second = await PullAsync("arm64");
        Assert.Equal(("linux/amd64", "linux/arm64"), (first.Image.Platform.ToString(), second.Image.Platform.ToString()));
        Assert.False(second.UpToDate);
        Assert.True((await PullAsync("amd64")).UpToDate);
        Assert.Equal(2, Store.List().Count);
        Assert.Equal(top, (await new ImageInspector(Store).InspectAsync(Name, Platform.Parse("linux/arm64"), Stop)).IndexDigest);

        Task<PulledImage> PullAsync(string architecture) => new ImagePuller(Store, _client).PullAsync(
            Name, new PullOptions { Platform = Platform.Parse($"linux/{architecture}"), DiskSource = DiskSource.None }, null, Stop);
    }

    [Fact]
    public async Task What_one_repository_gave_is_not_taken_for_what_another_has()
    {
        var digest = new TestImage().Add(Low).Push(_registry, "app", "1");
        await PullAsync(DiskSource.None);
        var puller = new ImagePuller(Store, _client);
        var options = new PullOptions { DiskSource = DiskSource.None };
        var failure = await Assert.ThrowsAsync<LoamException>(() => puller.PullAsync($"{_registry.Host}/secret@{digest}", options, null, Stop));
        Assert.Same(ErrorCodes.ManifestUnknown, failure.Code);
        _registry.ForgetCalls();
        Assert.Equal(digest, (await puller.PullAsync($"{_registry.Host}/app@{digest}", options, null, Stop)).Image.Digest);
        Assert.Empty(_registry.Calls);
    }

    [Fact]
    public async Task Without_a_disk_the_layers_come_and_nothing_else()
    {
        new TestImage().Add(Low).Add(High).Push(_registry, "app", "1");
        var pulled = await PullAsync(DiskSource.None);
        Assert.Null(pulled.Disk);
        Assert.False(pulled.UpToDate);
        Assert.Equal(0, pulled.Image.SizeBytes);
        Assert.Empty(Directory.EnumerateDirectories(Path.Combine(_folder["state"], "images"), "sha256-*"));
        Assert.True(Store.HasWithoutDisk(ImageReference.Parse(Name)));
        Assert.True((await new StoreCheck(Store).CheckAsync(cancellationToken: Stop)).IsWhole);
        Assert.True((await PullAsync(DiskSource.None)).UpToDate);

        // A disk can be made of it at any time, and stays its name's.
        var made = await new StoredImageDisk(Store).MakeAsync(Name, cancellationToken: Stop);
        Assert.True(File.Exists(made.OutputPath));
        _registry.ForgetCalls();
        Assert.Equal(made.SizeBytes, (await PullAsync(DiskSource.None)).Image.SizeBytes);
        Assert.True((await PullAsync(DiskSource.Build)).UpToDate);
        Assert.DoesNotContain(_registry.Calls, call => call.Path.Contains("/blobs/", StringComparison.Ordinal));
        Assert.Equal(made.OutputPath, (await PullAsync(DiskSource.None, force: true)).Image.OutputPath);
        Assert.True(File.Exists(made.OutputPath));
    }

    [Fact]
    public async Task Without_a_disk_contents_are_checked_all_the_same()
    {
        new TestImage().AddBlob(TestImage.Compress(Low, LayerForm.Gzip), "application/vnd.oci.image.layer.v1.tar+gzip", Digest.Sha256(High))
            .Push(_registry, "app", "1");
        Assert.Equal(ErrorCodes.DiffIdMismatch, (await Assert.ThrowsAsync<LoamException>(() => PullAsync(DiskSource.None))).Code);
        Assert.Empty(Store.List());

        var damaged = TestImage.Compress(Low, LayerForm.Gzip)[..^4];
        new TestImage().AddBlob(damaged, "application/vnd.oci.image.layer.v1.tar+gzip", Digest.Sha256(Low)).Push(_registry, "app", "1");
        Assert.Equal(ErrorCodes.LayerDamaged, (await Assert.ThrowsAsync<LoamException>(() => PullAsync(DiskSource.None))).Code);
        Assert.Empty(Store.List());
    }

    [Fact]
    public async Task Without_a_disk_wrong_bytes_are_told_of_as_that()
    {
        var image = new TestImage().Add(Low);
        image.Push(_registry, "app", "1");
        var blob = image.Blobs.First();
        _registry.AddBlobAs(Digest.Sha256(blob), [.. blob[..^1], (byte)(blob[^1] ^ 1)]);
        Assert.Equal(ErrorCodes.DigestMismatch, (await Assert.ThrowsAsync<LoamException>(() => PullAsync(DiskSource.None))).Code);
        Assert.Empty(Store.List());
    }

    [Fact]
    public async Task A_disk_at_a_path_of_the_users_is_built_whatever_the_source_says()
    {
        new TestImage().Add(Low).Push(_registry, "app", "1");
        var built = await new ImagePuller(Store, _client).BuildAsync(
            Name, _folder["disk"], new PullOptions { DiskSource = DiskSource.None }, cancellationToken: Stop);
        Assert.Equal(("disk", _folder["disk"]), (built.Disk!.Disk.File, built.Image.OutputPath));
        using var disk = RootDisk.Open(_folder["disk"], Stop);
        Assert.NotNull(disk.Find("/etc/low"));
    }

    [Fact]
    public async Task A_name_finds_an_image_or_nothing_or_throws()
    {
        new TestImage().Add(Low).Push(_registry, "app", "1");
        var pulled = await PullAsync(DiskSource.Build);
        var store = Store;
        Assert.Equal(pulled.Image.Digest, store.Get(Name).Digest);
        Assert.Equal(pulled.Image.Digest, store.Find(pulled.Image.Digest.Hex[..8])!.Digest);
        Assert.Null(store.Find("other"));
        Assert.Null(store.Find(Name, Platform.Parse("linux/s390x")));
        Assert.False(store.Exists("other"));
        Assert.True(store.Exists(Name));
        Assert.Equal(ErrorCodes.ImageNotFound, Assert.Throws<LoamException>(() => store.Get("other")).Code);
        Assert.Equal(ErrorCodes.PlatformNotFound, Assert.Throws<LoamException>(() => store.Get(Name, Platform.Parse("linux/s390x"))).Code);
        Assert.True(store.HasBlob(pulled.Image.Digest));
        Assert.False(store.HasBlob(Digest.Sha256("none"u8)));
        await using var manifest = store.OpenBlob(pulled.Image.Digest);
        using var bytes = new MemoryStream();
        await manifest.CopyToAsync(bytes, Stop);
        Assert.Equal(pulled.Image.Digest, Digest.Sha256(bytes.ToArray()));
        Assert.Equal(ErrorCodes.BlobMissing, Assert.Throws<LoamException>(() => store.OpenBlob(Digest.Sha256("none"u8))).Code);
    }

    private Task<PulledImage> PullAsync(DiskSource source, bool force = false) =>
        new ImagePuller(Store, _client).PullAsync(Name, new PullOptions { DiskSource = source, Force = force }, cancellationToken: Stop);
}
