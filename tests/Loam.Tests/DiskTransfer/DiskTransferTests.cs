using System.Security.Cryptography;
using Loam.DiskTransfer;
using Loam.Images;
using Loam.TestKit;

namespace Loam.Tests;

/// <summary>Built disks through a registry.</summary>
public sealed class DiskTransferTests
{
    private static readonly RegistryOptions Quick = new() { RetryDelay = TimeSpan.FromMilliseconds(5), StallTimeout = TimeSpan.FromSeconds(20) };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_disk_comes_back_byte_for_byte_and_a_change_costs_in_proportion()
    {
        using var folder = new TemporaryFolder();
        await using var docker = await DockerRegistry.StartAsync();
        var builder = ImageStore.Open(folder["builder"]);
        var first = await BuildAndPushAsync(builder, docker.Host, "1", change: 1);
        Assert.Equal(first.Chunks, first.UploadedChunks);
        Assert.InRange(first.DataBytes, 40_000_000, 60_000_000);

        // Once more: nothing is sent. With another middle layer: little more than that layer.
        var again = await PushDiskAsync(builder, $"{docker.Host}/app:1");
        Assert.Equal((0, first.Destination), (again.UploadedChunks, again.Destination));
        var second = await BuildAndPushAsync(builder, docker.Host, "2", change: 2);
        Assert.InRange(second.UploadedBytes, 1_000_000, 8_000_000);

        var fetcher = ImageStore.Open(folder["fetcher"]);
        var (one, moved) = await FetchAsync(fetcher, docker.Host, "1");
        Assert.Equal(first.Sha256, one);
        Assert.InRange(moved, 30_000_000, 60_000_000);
        var (two, movedLater) = await FetchAsync(fetcher, docker.Host, "2");
        Assert.Equal(second.Sha256, two);
        Assert.InRange(movedLater, 1_000_000, 8_000_000);
    }

    [Fact]
    public async Task Without_a_disk_that_fits_it_is_built_or_refused()
    {
        using var folder = new TemporaryFolder();
        await using var registry = InProcessRegistry.Start();
        new TestImage().Add(new TarAuthor().File("a", TestImage.Noise(5000, 1)).End()).Push(registry, "app", "1");
        var store = ImageStore.Open(folder["state"]);
        using var client = new RegistryClient(Quick);
        var reference = ImageReference.Parse($"{registry.Host}/app:1");
        var puller = new ImagePuller(store, client);
        var error = await Assert.ThrowsAsync<LoamException>(
            () => puller.PullAsync(reference, new PullOptions { DiskSource = DiskSource.Require }, null, Token));
        Assert.Equal(ErrorCodes.DiskNotOffered, error.Code);
        var built = await puller.PullAsync(reference, new PullOptions { DiskSource = DiskSource.Prefer }, null, Token);
        Assert.Null(built.Disk!.FetchedFrom);
        Assert.Contains(registry.Calls, call => call.Path.Contains("/referrers/", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("chunk", "size_mismatch")]
    [InlineData("layout", "disk_artifact_invalid")]
    [InlineData("content", "digest_mismatch")]
    [InlineData("frame", "disk_artifact_invalid")]
    public async Task A_damaged_disk_is_refused_and_leaves_nothing(string what, string code)
    {
        using var folder = new TemporaryFolder();
        await using var docker = await DockerRegistry.StartAsync();
        await BuildAndPushAsync(ImageStore.Open(folder["builder"]), docker.Host, "1", change: 1);
        var data = docker.DataPath;
        foreach (var blob in Directory.EnumerateFiles(data, "data", SearchOption.AllDirectories))
        {
            var content = await File.ReadAllBytesAsync(blob, Token);
            var isLayout = content.AsSpan().IndexOf("\"chunks\":["u8) >= 0;
            if (what == "chunk" && content is [0x28, 0xB5, 0x2F, 0xFD, ..])
            {
                await File.WriteAllBytesAsync(blob, content[..^1], Token);
            }
            else if (what != "chunk" && isLayout)
            {
                await RewriteAsync(docker.Host, content, what);
            }
        }

        var store = ImageStore.Open(folder["fetcher"]);
        var error = await Assert.ThrowsAsync<LoamException>(() => FetchAsync(store, docker.Host, "1"));
        Assert.Equal(code, error.Code.Name);
        Assert.DoesNotContain("layer", error.Message, StringComparison.Ordinal);
        Assert.Empty(store.List());
        Assert.Empty(Directory.EnumerateDirectories(Path.Combine(folder["fetcher"], "images"), "sha256-*"));
    }

    /// <summary>Puts a disk with a wrong layout, a wrong place for a chunk, or a chunk that is no zstd frame, under the same
    /// image.</summary>
    private static async Task RewriteAsync(string host, byte[] layout, string what)
    {
        using var client = new RegistryClient(Quick);
        var reference = ImageReference.Parse($"{host}/app:1");
        var image = await client.GetManifestAsync(reference, Token);
        var subject = new Descriptor { MediaType = image.MediaType, Digest = image.Digest, Size = image.Content.Length };
        var listed = Assert.Single(await client.GetReferrersAsync(reference, image.Digest, DiskArtifact.Type, Token));
        var manifest = System.Text.Encoding.UTF8.GetString((await client.GetManifestAsync(reference.WithDigest(listed.Digest), Token)).Content.Span);
        var text = System.Text.Encoding.UTF8.GetString(layout);
        var at = text.LastIndexOf("\"offset\":", StringComparison.Ordinal) + "\"offset\":".Length;
        var wrong = text[..at] + (what is "layout" ? "9" : "") + text[at..];
        if (what == "content")
        {
            // The last chunk somewhere else on the disk.
            var end = text.IndexOf(',', at);
            var offset = long.Parse(text[at..end], System.Globalization.CultureInfo.InvariantCulture);
            wrong = text[..at] + (offset + 4096).ToString(System.Globalization.CultureInfo.InvariantCulture) + text[end..];
        }

        var bytes = System.Text.Encoding.UTF8.GetBytes(wrong);
        var blob = new Descriptor { MediaType = DiskArtifact.Type, Digest = Digest.Sha256(bytes), Size = bytes.Length };
        await client.PushBlobAsync(reference, blob, () => new MemoryStream(bytes), cancellationToken: Token);
        manifest = manifest
            .Replace(Digest.Sha256(layout).ToString(), blob.Digest.ToString(), StringComparison.Ordinal)
            .Replace($"\"size\":{layout.Length}", $"\"size\":{bytes.Length}", StringComparison.Ordinal);
        if (what == "frame")
        {
            var json = System.Text.Json.Nodes.JsonNode.Parse(manifest)!;
            var noise = TestImage.Noise(1000, 1);
            var chunk = new Descriptor { MediaType = DiskArtifact.ChunkType, Digest = Digest.Sha256(noise), Size = noise.Length };
            await client.PushBlobAsync(reference, chunk, () => new MemoryStream(noise), cancellationToken: Token);
            (json["layers"]![0]!["digest"], json["layers"]![0]!["size"]) = (chunk.Digest.ToString(), chunk.Size);
            manifest = json.ToJsonString();
        }

        var changed = System.Text.Encoding.UTF8.GetBytes(manifest);
        var index = new LayoutIndexFile(2, MediaTypes.OciIndex, [listed with { Digest = Digest.Sha256(changed), Size = changed.Length }]);
        await client.PutManifestAsync(
            reference.WithDigest(Digest.Sha256(changed)), new FetchedManifest(MediaTypes.OciManifest, Digest.Sha256(changed), changed), Token);
        var content = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(index, OciJson.Default.LayoutIndexFile);
        await client.PutManifestAsync(
            ImageReference.Parse($"{host}/app:sha256-{subject.Digest.Hex}"), new FetchedManifest(MediaTypes.OciIndex, Digest.Sha256(content), content), Token);
    }

    private static async Task<PushedDisk> BuildAndPushAsync(ImageStore store, string host, string tag, int change)
    {
        await using var origin = InProcessRegistry.Start();
        new TestImage()
            .Add(new TarAuthor().File("base", TestImage.Noise(20_000_000, 1)).File("holes", new byte[3_000_000]).End(), LayerForm.Tar)
            .Add(new TarAuthor().File("change", TestImage.Noise(1_500_000 + (100_000 * change), 100 + change)).End())
            .Add(new TarAuthor().File("top", TestImage.Noise(20_000_000, 3)).End(), LayerForm.Tar)
            .Push(origin, "app", tag);
        using var client = new RegistryClient(Quick);
        var source = ImageReference.Parse($"{origin.Host}/app:{tag}");
        await new ImagePuller(store, client).PullAsync(source, new PullOptions(), null, Token);
        var destination = ImageReference.Parse($"{host}/app:{tag}");
        await new ImagePusher(store, client).PushAsync(source.ToString(), destination, new PushOptions(), null, Token);
        await new ImagePuller(store, client).PullAsync(destination, new PullOptions(), null, Token);
        return await PushDiskAsync(store, destination.ToString());
    }

    private static async Task<PushedDisk> PushDiskAsync(ImageStore store, string image)
    {
        using var client = new RegistryClient(Quick);
        return await new DiskPusher(store, client).PushAsync(image, null, jobs: 4, null, Token);
    }

    /// <returns>The disk's SHA-256 as it stands in the store, and how many bytes of blobs were fetched for it.</returns>
    private static async Task<(string Sha256, long Moved)> FetchAsync(ImageStore store, string host, string tag)
    {
        await using var proxy = new BreakingProxy(host, []);
        using var client = new RegistryClient(Quick with { Locations = name => [new RegistryLocation(proxy.Host, name.Repository)] });
        var pulled = await new ImagePuller(store, client).PullAsync(
            ImageReference.Parse($"{host}/app:{tag}"), new PullOptions { DiskSource = DiskSource.Require }, null, Token);
        await using var disk = File.OpenRead(pulled.Image.OutputPath);
        Assert.NotNull(pulled.Disk!.FetchedFrom);
        return (Convert.ToHexStringLower(await SHA256.HashDataAsync(disk, Token)), proxy.Received);
    }
}
