using Loam.TestKit;

namespace Loam.Tests.Pushing;

/// <summary>What is pushed and what is not.</summary>
public sealed class ImagePusherTests : IAsyncDisposable
{
    private readonly InProcessRegistry _registry = InProcessRegistry.Start();
    private readonly LocalStore _local = new();
    private readonly RegistryClient _client = new(new RegistryOptions { RetryDelay = TimeSpan.FromMilliseconds(1) });
    private readonly TestImage _image = new TestImage().Add(new TarAuthor().File("a", TestImage.Noise(3000, 1)).End());

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        _local.Dispose();
        await _registry.DisposeAsync();
    }

    [Fact]
    public async Task An_image_that_is_not_whole_is_not_begun_with()
    {
        await _local.LoadAsync("app:1", _image);
        File.Delete(_local.Store.Paths.Blob(Digest.Sha256(_image.Blobs.First())));
        Assert.Same(ErrorCodes.BlobMissing, (await Assert.ThrowsAsync<LoamException>(PushAsync)).Code);
        Assert.Empty(_registry.Calls);
    }

    [Fact]
    public async Task What_was_damaged_does_not_travel()
    {
        await _local.LoadAsync("app:1", _image);
        _local.Damage(Digest.Sha256(_image.Blobs.First()));
        Assert.Same(ErrorCodes.StoreDamaged, (await Assert.ThrowsAsync<LoamException>(PushAsync)).Code);
        Assert.DoesNotContain(_registry.Calls, call => call is { Method: "PUT", IsManifest: true });
        Assert.Null(_registry.FindBlob(Digest.Sha256(_image.Blobs.First())));
    }

    [Fact]
    public async Task Blobs_are_mounted_from_repositories_of_the_same_registry_only()
    {
        await _local.LoadAsync("app:1", _image);
        await _local.Store.TagAsync("app:1", "example.com/elsewhere:1", Stop);
        await _local.Store.TagAsync("app:1", $"{_registry.Host}/app:other", Stop);
        await PushAsync();
        Assert.DoesNotContain(_registry.Calls, call => call.Query.Contains("mount", StringComparison.Ordinal));

        await using var other = InProcessRegistry.Start();
        await _local.Store.TagAsync("app:1", $"{other.Host}/sibling:1", Stop);
        await new ImagePusher(_local.Store, _client).PushAsync("app:1", $"{other.Host}/app:1", null, null, Stop);
        var asked = other.Calls.Where(call => call.Method == "POST").ToList();
        Assert.Equal(2, asked.Count);
        Assert.All(asked, call => Assert.EndsWith("&from=sibling", call.Query, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_digest_in_the_destination_must_be_the_image_s()
    {
        var image = await _local.LoadAsync("app:1", _image);
        var pusher = new ImagePusher(_local.Store, _client);
        var wrong = ImageReference.Parse($"{_registry.Host}/app").WithDigest(Digest.Sha256([1]));
        Assert.Same(ErrorCodes.InvalidReference, (await Assert.ThrowsAsync<LoamException>(() => pusher.PushAsync("app:1", wrong, null, null, Stop))).Code);
        Assert.Equal(image.Digest, (await pusher.PushAsync("app:1", wrong.WithDigest(image.Digest), null, null, Stop)).Digest);
    }

    private Task<PushedImage> PushAsync() => new ImagePusher(_local.Store, _client).PushAsync("app:1", $"{_registry.Host}/app:1", null, null, Stop);
}
