using Loam.Registry;
using Loam.TestKit;

namespace Loam.Tests.Registry;

/// <summary>What is asked of a token server, for how long its answers are used, and how much of any answer is read.</summary>
public sealed class GrantTests : IAsyncDisposable
{
    private readonly InProcessRegistry _registry = InProcessRegistry.Start();
    private readonly SteppedTime _time = new();
    private readonly RegistryClient _client;

    public GrantTests()
    {
        _client = new RegistryClient(new RegistryOptions { Retries = 0 }, loggers: null, _time);
        new TestImage().Add(new TarAuthor().File("a", "1").End()).Push(_registry, "team/app", "1");
        _registry.Script = call => call switch
        {
            { Path: "/token" } => new Misbehaviour.Answer(200, """{"token":"t","expires_in":300}"""),
            { Authorization: null } => new Misbehaviour.Answer(
                401,
                "",
                ("WWW-Authenticate", $"Bearer realm=\"http://{_registry.Host}/token\",service=\"s\",scope=\"repository:team/app:pull registry:catalog:*\"")),
            _ => null,
        };
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private ImageReference Reference => ImageReference.Parse($"{_registry.Host}/team/app:1");

    private IReadOnlyList<RegistryCall> Asked => [.. _registry.Calls.Where(call => call.Path == "/token")];

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _registry.DisposeAsync();
    }

    [Fact]
    public async Task A_token_is_asked_for_with_what_the_registry_demands_and_what_is_needed_each_once()
    {
        await _client.GetManifestAsync(Reference, Stop);
        var query = Uri.UnescapeDataString(Assert.Single(Asked).Query);
        Assert.Equal(["scope=registry:catalog:*", "scope=repository:team/app:pull", "service=s"], query.Split('&').Order(StringComparer.Ordinal));
        _registry.ForgetCalls();
        await _client.DeleteManifestAsync(Reference, Stop);
        Assert.Contains("scope=repository:team/app:pull,delete", Uri.UnescapeDataString(Assert.Single(Asked).Query).Split('&'));
    }

    [Fact]
    public async Task A_token_is_used_until_it_expires_and_not_shown_afterwards()
    {
        await _client.GetManifestAsync(Reference, Stop);
        _time.Now += TimeSpan.FromSeconds(290);
        await _client.GetManifestAsync(Reference, Stop);
        Assert.Single(Asked);
        _time.Now += TimeSpan.FromSeconds(10);
        _registry.ForgetCalls();
        await _client.GetManifestAsync(Reference, Stop);
        Assert.Single(Asked);
        Assert.Equal([null, "Bearer t"], _registry.Calls.Where(call => call.IsManifest).Select(call => call.Authorization));
    }

    [Fact]
    public async Task A_list_goes_on_where_its_own_registry_says_and_nowhere_else()
    {
        await using var elsewhere = InProcessRegistry.Start();
        var page = 0;
        _registry.Script = call => new Misbehaviour.Answer(
            200,
            $$"""{"tags":["t{{page}}"]}""",
            ("Link", page++ == 0 ? "</v2/team/app/tags/list?last=t0>; rel=\"next\"" : $"<http://{elsewhere.Host}/v2/team/app/tags/list>; rel=\"next\""));
        var tags = new List<string>();
        await foreach (var tag in _client.ListTagsAsync(Reference, Stop))
        {
            tags.Add(tag);
        }

        Assert.Equal(["t0", "t1"], tags);
        Assert.Equal(["n=1000", "last=t0"], _registry.Calls.Select(call => call.Query));
        Assert.Empty(elsewhere.Calls);
    }

    [Theory]
    [InlineData(0, 0, true)]
    [InlineData(1000, 1000, true)]
    [InlineData(1001, 1000, false)]
    [InlineData(100_000, 99_999, false)]
    public async Task An_answer_is_read_to_its_bound(int length, int cap, bool fits)
    {
        using var response = new HttpResponseMessage { Content = new ByteArrayContent(new byte[length]) };
        var failure = await Record.ExceptionAsync(async () => Assert.Equal(length, (await BoundedBody.ReadAsync(response, cap, Stop)).Length));
        Assert.Equal(fits ? null : ErrorCodes.RegistryProtocol, (failure as LoamException)?.Code);
    }

    [Theory]
    [InlineData(nameof(ErrorCodes.DigestMismatch), 1)]
    [InlineData(nameof(ErrorCodes.RegistryUnavailable), 1)]
    [InlineData(nameof(ErrorCodes.ManifestUnknown), 3)]
    [InlineData(nameof(ErrorCodes.Unauthorized), 3)]
    public async Task A_mirror_that_fails_or_gives_wrong_bytes_is_asked_no_more(string code, int asked)
    {
        var options = new RegistryOptions
        {
            Locations = name => [
            new RegistryLocation("mirror.example", name.Repository) { IsMirror = true }, new RegistryLocation("own.example", name.Repository),
        ]
        };
        var order = new MirrorOrder(options, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        var failure = new LoamException((ErrorCode)typeof(ErrorCodes).GetField(code)!.GetValue(null)!, "no");
        var mirrors = 0;
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal("own.example", await order.AskAsync(ImageReference.Parse("own.example/app:1"), target =>
            {
                mirrors += target.Location.IsMirror ? 1 : 0;
                return target.Location.IsMirror ? throw failure : Task.FromResult(target.Location.Host);
            }));
        }

        Assert.Equal(asked, mirrors);
    }

    private sealed class SteppedTime : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = DateTimeOffset.UtcNow;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
