using Loam.TestKit;

namespace Loam.Tests;

/// <summary>Pulls that are done once more, since what was wrong may not be wrong again.</summary>
public sealed class PullAgainTests
{
    private static readonly RegistryOptions Quick = new() { RetryDelay = TimeSpan.FromMilliseconds(1) };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Wrong_bytes_that_an_earlier_pull_left_cost_one_more_try()
    {
        await using var registry = InProcessRegistry.Start();
        using var folder = new TemporaryFolder();
        var (digest, layer) = Push(registry);
        var store = ImageStore.Open(folder["state"]);
        await File.WriteAllBytesAsync(Path.Combine(folder["state"], "images", "ingest", $"sha256-{layer.Hex}.part"), TestImage.Noise(3000, 9), Token);
        using var client = new RegistryClient(Quick);
        var pulled = await new ImagePuller(store, client).PullAsync(ImageReference.Parse($"{registry.Host}/app:1"), new PullOptions(), null, Token);
        Assert.Equal(digest, pulled.Image.Digest);
        Assert.Equal([3000L, null], registry.Calls.Where(call => call.Path.EndsWith(layer.Hex, StringComparison.Ordinal)).Select(call => call.From));
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 2)]
    public async Task What_stays_wrong_is_told_without_a_word_of_trying_again(bool left, int calls)
    {
        await using var registry = InProcessRegistry.Start();
        using var folder = new TemporaryFolder();
        var (_, layer) = Push(registry);
        registry.Script = call => call.Path.EndsWith(layer.Hex, StringComparison.Ordinal) ? new Misbehaviour.WrongContent() : null;
        var store = ImageStore.Open(folder["state"]);
        if (left)
        {
            await File.WriteAllBytesAsync(Path.Combine(folder["state"], "images", "ingest", $"sha256-{layer.Hex}.part"), TestImage.Noise(3000, 9), Token);
        }

        using var client = new RegistryClient(Quick);
        var error = await Assert.ThrowsAsync<LoamException>(() =>
            new ImagePuller(store, client).PullAsync(ImageReference.Parse($"{registry.Host}/app:1"), new PullOptions(), null, Token));
        Assert.Equal(ErrorCodes.DigestMismatch, error.Code);
        Assert.Equal(["layer"], error.Details.Keys);
        Assert.Equal(layer.ToString(), error.Details["layer"]);
        Assert.Equal(calls, registry.Calls.Count(call => call.Path.EndsWith(layer.Hex, StringComparison.Ordinal)));
        Assert.Empty(store.List());
    }

    private static (Digest Image, Digest Layer) Push(InProcessRegistry registry)
    {
        var image = new TestImage().Add(new TarAuthor().File("a", TestImage.Noise(50_000, 3)).End(), LayerForm.Tar);
        return (image.Push(registry, "app", "1"), Digest.Sha256(image.Blobs.First()));
    }
}
