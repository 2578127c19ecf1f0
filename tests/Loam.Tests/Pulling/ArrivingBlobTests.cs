using Loam.Pulling;
using Loam.TestKit;

namespace Loam.Tests;

/// <summary>Blobs on their way into the store, and those who read them meanwhile.</summary>
public sealed class ArrivingBlobTests : IAsyncLifetime
{
    private static readonly RegistryOptions Quick = new() { RetryDelay = TimeSpan.FromMilliseconds(1), StallTimeout = TimeSpan.FromSeconds(20) };
    private static readonly byte[] Content = TestImage.Noise(3_000_000, 6);

    private readonly TemporaryFolder _folder = new();
    private readonly InProcessRegistry _registry = InProcessRegistry.Start();
    private readonly RegistryClient _client = new(Quick);
    private readonly SemaphoreSlim _turn = new(1);
    private readonly ImageStore _store;
    private readonly Descriptor _blob;

    public ArrivingBlobTests()
    {
        _store = ImageStore.Open(_folder["state"]);
        _blob = new Descriptor { MediaType = "x/y", Digest = _registry.AddBlob(Content), Size = Content.Length };
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Part => Path.Combine(_folder["state"], "images", "ingest", $"sha256-{_blob.Digest.Hex}.part");

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _registry.DisposeAsync();
        _turn.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Readers_follow_it_and_those_who_come_late_find_it_in_the_store()
    {
        var calls = 0;
        _registry.Script = _ => calls++ < 3 ? new Misbehaviour.Break(500_000) : null;
        var progress = new List<long>();
        var arriving = Start(progress: progress.Add);
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(() => Assert.Equal(Content, Read(arriving)), Token)));
        await arriving.Completion;
        Assert.Equal(Content, Read(arriving));
        Assert.Equal(Content, await File.ReadAllBytesAsync(_store.Blobs.PathOf(_blob.Digest), Token));
        Assert.False(File.Exists(Part));
        Assert.Equal(progress.Order(), progress);
        Assert.Equal(Content.Length, progress[^1]);
    }

    [Fact]
    public async Task Readers_see_it_fail()
    {
        var calls = 0;
        _registry.Script = _ => calls++ == 0 ? new Misbehaviour.Break(1_000_000) : new Misbehaviour.Answer(404);
        var arriving = Start();
        var error = Assert.Throws<LoamException>(() => Read(arriving));
        Assert.Equal(ErrorCodes.BlobUnknown, error.Code);
        Assert.Same(error, await Assert.ThrowsAsync<LoamException>(() => arriving.Completion));
        Assert.Equal(1_000_000, new FileInfo(Part).Length);
    }

    [Fact]
    public async Task A_reader_that_is_cancelled_does_not_wait_for_bytes_that_do_not_come()
    {
        _registry.Script = _ => new Misbehaviour.Stall(1000);
        using var stop = new CancellationTokenSource();
        using var fetch = new CancellationTokenSource();
        var arriving = Start(cancellationToken: fetch.Token);
        var reading = Task.Run(() => Read(arriving, stop.Token), Token);
        await Task.Delay(50, Token);
        Assert.False(reading.IsCompleted);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        Assert.False(arriving.Completion.IsCompleted);
        await fetch.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => arriving.Completion);
        Assert.ThrowsAny<OperationCanceledException>(() => Read(arriving));
    }

    [Fact]
    public async Task It_waits_for_its_turn_and_gives_it_back()
    {
        await _turn.WaitAsync(Token);
        var arriving = Start();
        var reading = Task.Run(() => Read(arriving), Token);
        await Task.Delay(50, Token);
        Assert.Empty(_registry.Calls);
        Assert.False(reading.IsCompleted);
        _turn.Release();
        Assert.Equal(Content, await reading);
        await arriving.Completion;
        Assert.Equal(1, _turn.CurrentCount);
    }

    [Theory]
    [InlineData(1_000_000, 1_000_000)]
    [InlineData(3_000_000, -1)]
    [InlineData(3_000_001, 0)]
    [InlineData(0, 0)]
    public async Task Bytes_of_an_earlier_pull_are_gone_on_with(int left, int from)
    {
        await File.WriteAllBytesAsync(Part, [.. Content.Take(left), .. new byte[left - Math.Min(left, Content.Length)]], Token);
        var arriving = Start();
        Assert.Equal(Content, Read(arriving));
        await arriving.Completion;
        Assert.Equal(from < 0 ? [] : [from == 0 ? null : (long?)from], _registry.Calls.Select(call => call.From));
    }

    [Theory]
    [InlineData(1_000_000)]
    [InlineData(3_000_000)]
    public async Task Wrong_bytes_of_an_earlier_pull_are_found_and_cleared_away(int left)
    {
        await File.WriteAllBytesAsync(Part, TestImage.Noise(left, 1), Token);
        var error = await Assert.ThrowsAsync<LoamException>(() => Start().Completion);
        Assert.Equal(ErrorCodes.DigestMismatch, error.Code);
        Assert.True(error.AgainMayHelp);
        Assert.False(File.Exists(Part));
        Assert.False(_store.Blobs.Has(_blob));
        await Start().Completion;
        Assert.True(_store.Blobs.Has(_blob));
    }

    [Fact]
    public async Task What_the_registry_gives_wrong_leaves_nothing()
    {
        _registry.Script = _ => new Misbehaviour.WrongContent();
        var arriving = Start();
        var read = 0L;
        Assert.Throws<LoamException>(() =>
        {
            using var stream = arriving.OpenRead(Token);
            var buffer = new byte[1 << 20];
            for (int count; (count = stream.Read(buffer)) > 0;)
            {
                read += count;
            }
        });
        var error = await Assert.ThrowsAsync<LoamException>(() => arriving.Completion);
        Assert.Equal((ErrorCodes.DigestMismatch, false), (error.Code, error.AgainMayHelp));
        Assert.InRange(read, 0, Content.Length - 1);
        Assert.False(File.Exists(Part));
        Assert.False(_store.Blobs.Has(_blob));
    }

    [Fact]
    public async Task What_another_process_fetched_meanwhile_is_not_fetched_again()
    {
        var slot = await _store.Blobs.ReserveAsync(_blob.Digest, Token);
        var arriving = Start();
        var reading = Task.Run(() => Read(arriving), Token);
        await File.WriteAllBytesAsync(slot.Part, Content, Token);
        _store.Blobs.Publish(slot, _blob.Digest);
        slot.Dispose();
        await arriving.Completion;
        Assert.Equal(Content, await reading);
        Assert.Empty(_registry.Calls);
        await Start(force: true).Completion;
        Assert.Single(_registry.Calls);
    }

    [Fact]
    public async Task An_empty_blob_is_a_blob()
    {
        var empty = new Descriptor { MediaType = "x/y", Digest = Digest.Sha256([]), Size = 0 };
        var arriving = new ArrivingBlob(_store.Blobs, _client, Reference, empty, new ArrivalOptions(_turn, Force: false, Progress: null), Token);
        Assert.Empty(Read(arriving));
        await arriving.Completion;
        Assert.True(_store.Blobs.Has(empty));
        var wrong = empty with { Digest = Digest.Sha256([1]) };
        var error = await Assert.ThrowsAsync<LoamException>(() =>
            new ArrivingBlob(_store.Blobs, _client, Reference, wrong, new ArrivalOptions(_turn, Force: false, Progress: null), Token).Completion);
        Assert.Equal(ErrorCodes.DigestMismatch, error.Code);
    }

    private ImageReference Reference => ImageReference.Parse($"{_registry.Host}/app:1");

    private ArrivingBlob Start(bool force = false, Action<long>? progress = null, CancellationToken? cancellationToken = null) =>
        new(_store.Blobs, _client, Reference, _blob, new ArrivalOptions(_turn, force, progress), cancellationToken ?? Token);

    private static byte[] Read(ArrivingBlob arriving, CancellationToken? cancellationToken = null)
    {
        using var stream = arriving.OpenRead(cancellationToken ?? Token);
        var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
