using System.Text;
using Loam.DiskTransfer;
using Loam.Filesystems;
using Loam.Images;
using Loam.Store;
using Loam.TestKit;

namespace Loam.Tests.DiskTransfer;

/// <summary>What is believed of a built disk that comes from somewhere else, and what is not.</summary>
public sealed class DiskArtifactTests : IDisposable
{
    private readonly LocalStore _local = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _local.Dispose();

    [Fact]
    public void Chunks_follow_each_other_within_the_disk()
    {
        const int Mebibyte = 1 << 20;
        Check([]);
        Check([(0, 4096, 0), (4096, 4096, 1), (Mebibyte, 4 * Mebibyte, 0), ((8 * Mebibyte) - 4096, 4096, 0)]);
        (long, int, int)[][] wrong =
        [
            [(0, 4096, 0), (4095, 1, 0)], [(4096, 4096, 0), (0, 4096, 0)], [(0, 0, 0)], [(0, -1, 0)], [(-1, 1, 0)], [(0, (4 * Mebibyte) + 1, 0)],
            [((8 * Mebibyte) - 4095, 4096, 0)], [(0, 4096, 2)], [(0, 4096, -1)],
        ];
        foreach (var chunks in wrong)
        {
            Assert.Same(ErrorCodes.DiskArtifactInvalid, Assert.Throws<LoamException>(() => Check(chunks)).Code);
        }

        static void Check((long Offset, int Length, int Layer)[] chunks) => new DiskLayout(
            1,
            Record(8 * Mebibyte),
            [.. chunks.Select(chunk => new DiskLayoutChunk(chunk.Offset, chunk.Length, Digest.Sha256([]), chunk.Layer))]).Check(2, "x");
    }

    [Fact]
    public async Task A_chunk_of_an_own_disk_is_used_only_while_it_is_what_it_was()
    {
        var image = await _local.LoadAsync("app:1", new TestImage().Add(new TarAuthor().File("a", TestImage.Noise(300_000, 1)).End()), disk: true);
        DiskChunk chunk;
        using (var disk = File.OpenHandle(image.OutputPath))
        {
            chunk = DiskChunker.Cut(disk).First();
        }

        var digest = Digest.Sha256(chunk.Content.Span);
        var buffer = new byte[chunk.Length];
        using var local = LocalChunks.Of(_local.Store, ImageReference.Parse("app:2"), Stop);
        Assert.True(local.TryRead(digest, buffer));
        Assert.Equal(digest, Digest.Sha256(buffer));
        Assert.False(local.TryRead(Digest.Sha256([1]), buffer));
        using (var disk = File.OpenHandle(image.OutputPath, FileMode.Open, FileAccess.Write))
        {
            RandomAccess.Write(disk, [(byte)(buffer[0] ^ 1)], chunk.Offset);
        }

        Assert.False(local.TryRead(digest, buffer));
        using var elsewhere = LocalChunks.Of(_local.Store, ImageReference.Parse("other:1"), Stop);
        Assert.False(elsewhere.TryRead(digest, buffer));
    }

    [Fact]
    public async Task A_disk_is_sent_only_while_it_is_what_was_built_and_taken_only_if_it_is_what_was_asked_for()
    {
        await using var registry = InProcessRegistry.Start();
        new TestImage().Add(new TarAuthor().File("a", "1").End()).Push(registry, "app", "1");
        using var client = new RegistryClient(new RegistryOptions { RetryDelay = TimeSpan.FromMilliseconds(1) });
        var name = $"{registry.Host}/app:1";
        var pulled = await PullAsync(_local.Store, sizeMib: 8, DiskSource.Build);
        var pushed = await new DiskPusher(_local.Store, client).PushAsync(name, null, 2, null, Stop);

        // A list that says the disk is another one than it is.
        var wanted = DiskKey.Of(pulled.Image.Digest, new DiskOptions { SizeMib = 9 }).Hex;
        var manifest = Encoding.UTF8.GetString((await client.GetManifestAsync(pushed.Destination, Stop)).Content.Span);
        var lie = Encoding.UTF8.GetBytes(
            manifest.Replace(DiskKey.Of(pulled.Image.Digest, new DiskOptions { SizeMib = 8 }).Hex, wanted, StringComparison.Ordinal));
        var digest = registry.AddManifest("app", null, TestImage.ManifestType, lie);
        var listed = new Descriptor { MediaType = TestImage.ManifestType, Digest = digest, Size = lie.Length, ArtifactType = DiskArtifact.Type };
        var index = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(
            new LayoutIndexFile(2, TestArchives.OciIndex, [listed]), OciJson.Default.LayoutIndexFile);
        registry.AddManifest("app", $"sha256-{pulled.Image.Digest.Hex}", TestArchives.OciIndex, index);
        var other = ImageStore.Open(_local.Folder["other"]);
        Assert.Same(ErrorCodes.DiskNotOffered, (await Assert.ThrowsAsync<LoamException>(() => PullAsync(other, sizeMib: 9, DiskSource.Require))).Code);

        using (var disk = File.OpenHandle(pulled.Image.OutputPath, FileMode.Open, FileAccess.Write))
        {
            RandomAccess.Write(disk, [1], pulled.Image.SizeBytes - 1);
        }

        registry.ForgetCalls();
        var failure = await Assert.ThrowsAsync<LoamException>(() => new DiskPusher(_local.Store, client).PushAsync(name, null, 2, null, Stop));
        Assert.Same(ErrorCodes.StoreDamaged, failure.Code);
        Assert.Empty(registry.Calls);

        Task<PulledImage> PullAsync(ImageStore store, int sizeMib, DiskSource source) => new ImagePuller(store, client).PullAsync(
            name, new PullOptions { Disk = new DiskOptions { SizeMib = sizeMib }, DiskSource = source }, null, Stop);
    }

    private static DiskRecord Record(long bytes) => new()
    {
        ImageRef = "app:1",
        ResolvedRef = "app:1",
        Digest = Digest.Sha256([1]),
        ConfigDigest = Digest.Sha256([2]),
        Platform = Platform.Host,
        Layers = [],
        Options = new DiskOptionsRecord("loam", null, null, null),
        Disk = new DiskFacts("rootfs.ext4", "ext4", new string('0', 64), bytes, 0, 0, 0, Guid.Empty),
        Tool = new DiskTool("loam", "1"),
    };
}
