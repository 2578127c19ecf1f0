using System.Text.Json.Nodes;
using Loam.Archives;
using Loam.TestKit;

namespace Loam.Tests;

/// <summary>What archives of every kind become in the store.</summary>
public sealed class LoadTests
{
    private static readonly byte[] Low = new TarAuthor().Directory("./").File("low", "1").End();
    private static readonly byte[] High = new TarAuthor().File("high", "2").File("low", "3").End();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_docker_archive_keeps_its_configuration_and_its_layers_bytes()
    {
        using var folder = new TemporaryFolder();
        var loaded = Assert.Single(await LoadAsync(folder, TestArchives.Docker("app:1", Low, High, Low)));
        var image = Assert.Single(loaded.Names);
        Assert.Equal("docker.io/library/app:1", image.ImageRef);
        Assert.Equal(Digest.Sha256(TestArchives.Config(Low, High, Low)), loaded.Disk!.ConfigDigest);
        Assert.Equal([Digest.Sha256(Low), Digest.Sha256(High), Digest.Sha256(Low)], loaded.Disk.Layers.Select(layer => layer.Digest));
        Assert.True(File.Exists(image.OutputPath));
        Assert.Equal(Low, await File.ReadAllBytesAsync(Blob(folder, Digest.Sha256(Low)), Cancel));

        // The manifest is made by Loam, and always the same.
        using var other = new TemporaryFolder();
        Assert.Equal(image.Digest, Assert.Single(await LoadAsync(other, TestArchives.Docker("other:2", Low, High, Low))).Names[0].Digest);
        Assert.True(Assert.Single(await LoadAsync(folder, TestArchives.Docker("app:1", Low, High, Low))).UpToDate);
        Assert.False(loaded.UpToDate);
    }

    [Fact]
    public async Task What_was_loaded_before_is_up_to_date_unless_something_of_it_had_gone()
    {
        using var folder = new TemporaryFolder();
        var archive = TestArchives.Docker("app:1", Low, High);
        var loaded = Assert.Single(await LoadAsync(folder, archive));
        File.Delete(Blob(folder, Digest.Sha256(High)));
        Assert.False(Assert.Single(await LoadAsync(folder, archive)).UpToDate);

        // A disk that is there already counts as used now.
        var disk = loaded.Names[0].OutputPath;
        File.SetLastWriteTimeUtc(disk, DateTime.UtcNow.AddDays(-3));
        Assert.True(Assert.Single(await LoadAsync(folder, archive)).UpToDate);
        Assert.InRange(File.GetLastWriteTimeUtc(disk), DateTime.UtcNow.AddHours(-1), DateTime.UtcNow.AddHours(1));
    }

    [Fact]
    public async Task A_platform_that_was_asked_for_must_be_in_the_archive_and_none_need_be()
    {
        using var local = new LocalStore();
        var image = new TestImage { Architecture = "s390x" }.Add(Low);
        var archive = TestArchives.Oci("app:1", image);
        var wrong = new LoadOptions { Disk = null, Platforms = PlatformSelection.Only(Platform.Parse("linux/arm64")) };
        var failure = await Assert.ThrowsAsync<LoamException>(
            () => new ArchiveLoader(local.Store).LoadAsync(ArchiveSource.FromStream(new MemoryStream(archive)), wrong, null, Cancel));
        Assert.Same(ErrorCodes.PlatformNotFound, failure.Code);
        Assert.Equal("linux/s390x", (await local.LoadAsync("app:1", image)).Platform.ToString());
    }

    [Theory]
    [InlineData(7, true)]
    [InlineData(6, false)]
    public async Task An_archive_has_as_many_entries_as_are_allowed(int most, bool fits)
    {
        using var local = new LocalStore();
        var archive = TestArchives.Oci("app:1", new TestImage().Add(Low));
        var options = new LoadOptions { Disk = null, Limits = new ArchiveLimits { MaximumEntries = most } };
        var failure = await Record.ExceptionAsync(
            () => new ArchiveLoader(local.Store).LoadAsync(ArchiveSource.FromStream(new MemoryStream(archive)), options, null, Cancel));
        Assert.Equal(fits ? null : ErrorCodes.ArchiveTooLarge, (failure as LoamException)?.Code);
        Assert.Equal(fits ? 1 : 0, local.Store.List().Count);
    }

    [Fact]
    public async Task Every_age_of_docker_archive_gives_the_same_layers()
    {
        using var folder = new TemporaryFolder();
        var image = new TestImage().Add(Low, LayerForm.Tar).Add(High, LayerForm.Tar);
        var hybrid = Assert.Single(await LoadAsync(folder, TestArchives.Hybrid("hybrid:1", image, Low, High)));
        Assert.Equal(("docker.io/library/hybrid:1", Digest.Sha256(image.Manifest)), (hybrid.Names[0].ImageRef, hybrid.Names[0].Digest));
        var first = Assert.Single(await LoadAsync(folder, TestArchives.First("registry.example/first", "1", Low, High)));
        Assert.Equal("registry.example/first:1", first.Names[0].ImageRef);
        var docker = Assert.Single(await LoadAsync(folder, TestArchives.Docker("docker:1", Low, High)));
        foreach (var loaded in (LoadedImage[])[hybrid, first, docker])
        {
            Assert.Equal([Digest.Sha256(Low), Digest.Sha256(High)], loaded.Disk!.Layers.Select(layer => layer.DiffId));
        }
    }

    [Fact]
    public async Task Compressed_layers_of_a_docker_archive_stay_compressed()
    {
        using var folder = new TemporaryFolder();
        var gzip = TestImage.Compress(Low, LayerForm.Gzip);
        var config = TestArchives.Config(Low);
        var archive = new TarAuthor().File("l.tar", gzip).File("c.json", config)
            .File("manifest.json", TestArchives.Json(new JsonArray(TestArchives.Entry("c.json", "a:1", ["./l.tar"])))).End();
        var layer = Assert.Single(Assert.Single(await LoadAsync(folder, archive)).Disk!.Layers);
        Assert.Equal((Digest.Sha256(gzip), Digest.Sha256(Low), "application/vnd.oci.image.layer.v1.tar+gzip"), (layer.Digest, layer.DiffId, layer.MediaType));
    }

    [Theory]
    [InlineData(LayerForm.Tar)]
    [InlineData(LayerForm.Gzip)]
    [InlineData(LayerForm.Zstd)]
    public async Task Archives_may_be_compressed_as_a_whole(LayerForm form)
    {
        using var folder = new TemporaryFolder();
        var image = new TestImage().Add(Low);
        var loaded = Assert.Single(await LoadAsync(folder, TestImage.Compress(TestArchives.Oci("example.org/app:1", image), form)));
        Assert.Equal(("example.org/app:1", Digest.Sha256(image.Manifest)), (loaded.Names[0].ImageRef, loaded.Names[0].Digest));
    }

    [Theory]
    [InlineData("example.org/app:1", "example.org/app:1")]
    [InlineData("app:1", "docker.io/library/app:1")]
    [InlineData("1.2", "localhost/loaded:1.2")]
    public async Task Names_are_what_the_archive_says(string stated, string expected)
    {
        using var folder = new TemporaryFolder();
        var loaded = await LoadAsync(
            folder, TestArchives.Oci(stated, new TestImage().Add(Low)), new LoadOptions { Disk = null, Name = ImageReference.Parse("mine:2") });
        Assert.Equal([expected, "docker.io/library/mine:2"], Assert.Single(loaded).Names.Select(name => name.ImageRef));
        Assert.Equal(
            [expected, "docker.io/library/mine:2"], ImageStore.Open(folder["state"]).List().Select(image => image.ImageRef).OrderBy(name => name != expected));
    }

    [Fact]
    public async Task Images_without_a_name_are_known_by_their_digest()
    {
        using var folder = new TemporaryFolder();
        var loaded = Assert.Single(await LoadAsync(folder, TestArchives.Docker(null, Low)));
        Assert.Equal($"localhost/loaded@{loaded.Names[0].Digest}", Assert.Single(ImageStore.Open(folder["state"]).List()).ImageRef);
        using var other = new TemporaryFolder();
        var named = await LoadAsync(other, TestArchives.Docker(null, Low), new LoadOptions { Name = ImageReference.Parse("mine:1") });
        Assert.Equal("docker.io/library/mine:1", Assert.Single(named).Disk!.ImageRef);
        Assert.Equal("docker.io/library/mine:1", Assert.Single(ImageStore.Open(other["state"]).List()).ImageRef);
    }

    [Fact]
    public async Task Of_many_platforms_one_is_chosen_or_all()
    {
        var (archive, images, index) = ManyPlatforms();
        using var usual = new TemporaryFolder();
        var chosen = Assert.Single(await LoadAsync(usual, archive));
        Assert.Equal((Digest.Sha256(images[Platform.Host.Architecture].Manifest), Digest.Sha256(index)), (chosen.Names[0].Digest, chosen.IndexDigest));
        using var named = new TemporaryFolder();
        var asked = Assert.Single(
            await LoadAsync(named, archive, new LoadOptions { Disk = null, Platforms = PlatformSelection.Only(Platform.Parse("linux/s390x")) }));
        Assert.Equal(Digest.Sha256(images["s390x"].Manifest), asked.Names[0].Digest);
        using var all = new TemporaryFolder();
        Assert.Equal(3, (await LoadAsync(all, archive, new LoadOptions { Disk = null, Platforms = PlatformSelection.All })).Count);
        Assert.Equal(3, ImageStore.Open(all["state"]).List().Count);
        var missing = await Assert.ThrowsAsync<LoamException>(
            () => LoadAsync(all, archive, new LoadOptions { Platforms = PlatformSelection.Only(Platform.Parse("linux/mips")) }));
        Assert.Equal(ErrorCodes.PlatformNotFound, missing.Code);
    }

    [Fact]
    public async Task All_platforms_go_out_and_come_in_under_their_own_index()
    {
        var (archive, _, index) = ManyPlatforms();
        using var folder = new TemporaryFolder();
        await LoadAsync(folder, archive, new LoadOptions { Disk = null, Platforms = PlatformSelection.All });
        using var saved = new MemoryStream();
        var image = Assert.Single(await new ArchiveSaver(ImageStore.Open(folder["state"])).SaveAsync(
            ["example.org/many:1"], saved, new SaveOptions { Format = ArchiveFormat.Oci }, null, Cancel));
        Assert.Equal(Digest.Sha256(index), image.Digest);
        using var other = new TemporaryFolder();
        var loaded = await LoadAsync(other, saved.ToArray(), new LoadOptions { Disk = null, Platforms = PlatformSelection.All });
        Assert.Equal(3, loaded.Count);
        Assert.All(loaded, each => Assert.Equal(Digest.Sha256(index), each.IndexDigest));
        var refused = await Assert.ThrowsAsync<LoamException>(() => new ArchiveSaver(ImageStore.Open(folder["state"])).SaveAsync(
            ["example.org/many:1"], Stream.Null, new SaveOptions { Platforms = PlatformSelection.All }, null, Cancel));
        Assert.Equal(ErrorCodes.Usage, refused.Code);
    }

    [Fact]
    public async Task The_stores_own_layout_can_be_loaded()
    {
        var (archive, _, _) = ManyPlatforms();
        using var folder = new TemporaryFolder();
        await LoadAsync(folder, archive, new LoadOptions { Disk = null, Platforms = PlatformSelection.All });
        await LoadAsync(folder, TestArchives.Docker("app:1", Low, High));
        using var other = new TemporaryFolder();
        var loader = new ArchiveLoader(ImageStore.Open(other["state"]));
        var loaded = await loader.LoadAsync(
            ArchiveSource.FromPath(ImageStore.Open(folder["state"]).LayoutPath),
            new LoadOptions { Platforms = PlatformSelection.All, Disk = null },
            null,
            Cancel);
        Assert.Equal(4, loaded.Count);
        Assert.Equal(
            ImageStore.Open(folder["state"]).List().Select(image => (image.ImageRef, image.Digest, image.Platform)),
            ImageStore.Open(other["state"]).List().Select(image => (image.ImageRef, image.Digest, image.Platform)));
    }

    [Fact]
    public async Task Waiting_for_input_can_be_stopped()
    {
        using var folder = new TemporaryFolder();
        using var pipe = new System.IO.Pipes.AnonymousPipeServerStream(System.IO.Pipes.PipeDirection.In, HandleInheritability.None);
        using var writer = new System.IO.Pipes.AnonymousPipeClientStream(System.IO.Pipes.PipeDirection.Out, pipe.GetClientHandleAsString());
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        using var file = new Microsoft.Win32.SafeHandles.SafeFileHandle(pipe.SafePipeHandle.DangerousGetHandle(), ownsHandle: false);
        using var input = new StandardInput(file, stop.Token);
        var loading = new ArchiveLoader(ImageStore.Open(folder["state"])).LoadAsync(ArchiveSource.FromStream(input), new LoadOptions(), null, stop.Token);
        await Task.Delay(100, Cancel);
        Assert.False(loading.IsCompleted);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => loading);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(folder["state"], "images", "ingest")));
    }

    private static (byte[] Archive, Dictionary<string, TestImage> Images, byte[] Index) ManyPlatforms()
    {
        var images = new Dictionary<string, TestImage>(StringComparer.Ordinal);
        var tar = new TarAuthor();
        foreach (var architecture in (string[])[Platform.Host.Architecture, "s390x", "riscv64"])
        {
            images[architecture] = new TestImage { Architecture = architecture }.Add(Low).Add(new TarAuthor().File(architecture).End());
        }

        foreach (var blob in images.Values.SelectMany(image => image.Blobs).DistinctBy(blob => Digest.Sha256(blob)))
        {
            tar.File(TestArchives.BlobName(blob), blob);
        }

        var index = TestArchives.Index([.. images.Select(image =>
        {
            var entry = TestArchives.Named(image.Value);
            entry["platform"] = new JsonObject { ["os"] = "linux", ["architecture"] = image.Key };
            return entry;
        })]);
        tar.File(TestArchives.BlobName(index), index);
        var top = TestArchives.Index(new JsonObject
        {
            ["mediaType"] = TestArchives.OciIndex,
            ["digest"] = Digest.Sha256(index).ToString(),
            ["size"] = index.Length,
            ["annotations"] = new JsonObject { ["org.opencontainers.image.ref.name"] = "example.org/many:1" },
        });
        return (tar.File("index.json", top).File("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}").End(), images, index);
    }

    internal static Task<IReadOnlyList<LoadedImage>> LoadAsync(TemporaryFolder folder, byte[] archive, LoadOptions? options = null) =>
        new ArchiveLoader(ImageStore.Open(folder["state"])).LoadAsync(
            ArchiveSource.FromStream(new MemoryStream(archive)), options ?? new LoadOptions(), null, Cancel);

    private static string Blob(TemporaryFolder folder, Digest digest) => Path.Combine(folder["state"], "images", "oci", "blobs", digest.Algorithm, digest.Hex);
}
