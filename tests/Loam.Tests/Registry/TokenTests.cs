using System.Collections.Concurrent;
using System.Diagnostics;
using Loam.TestKit;

namespace Loam.Tests;

/// <summary>Tokens, against Debian's registry and a token server that it believes.</summary>
public sealed class TokenTests : IAsyncLifetime
{
    private static readonly RegistryOptions Quick = new() { RetryDelay = TimeSpan.FromMilliseconds(5), Retries = 2, StallTimeout = TimeSpan.FromSeconds(20) };

    private readonly TemporaryFolder _folder = new();
    private readonly TokenAuthority _tokens = new();
    private readonly InProcessRegistry _gate = InProcessRegistry.Start();
    private DockerRegistry _registry = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private RegistryCredential User => new RegistryCredential.Basic(TokenAuthority.User, _tokens.Password);

    public async ValueTask InitializeAsync()
    {
        _registry = await DockerRegistry.StartAsync(new DockerRegistrySettings { Tokens = _tokens });
        _gate.Script = _ => new Misbehaviour.Forward(_registry.Host);
    }

    public async ValueTask DisposeAsync()
    {
        await _gate.DisposeAsync();
        await _registry.DisposeAsync();
        await _tokens.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_busy_token_server_is_asked_again_when_it_says()
    {
        await PushAsync(User, largest: 1000);
        _tokens.Busy = 2;

        // Whoever waits as long as the settings say does not end before the test does.
        using var client = new RegistryClient(
            Quick with { RetryDelay = TimeSpan.FromHours(1), MaximumRetryAfter = TimeSpan.FromHours(1), RequestDeadline = TimeSpan.FromSeconds(30) });
        await client.GetManifestAsync(Reference, Token);
        Assert.True(_tokens.Busy < 0);
    }

    [Fact]
    public async Task A_hundred_pulls_do_not_notice_tokens_that_expire_on_the_way()
    {
        var digest = await PushAsync(User, largest: 50_000);
        _tokens.ExpiresIn = 1;
        var life = TimeSpan.FromMilliseconds(200);
        var shown = new ConcurrentDictionary<string, long>(StringComparer.Ordinal);
        var refused = 0;
        _gate.Script = call =>
        {
            if (call.Authorization is not { } token || Stopwatch.GetElapsedTime(shown.GetOrAdd(token, _ => Stopwatch.GetTimestamp())) < life)
            {
                return new Misbehaviour.Forward(_registry.Host);
            }

            Interlocked.Increment(ref refused);
            return new Misbehaviour.Answer(401, "", _tokens.Challenge(",scope=\"repository:team/app:pull\",error=\"invalid_token\""));
        };
        using var client = Client(User);
        var pull = 0;
        await Parallel.ForEachAsync(Enumerable.Range(0, 100), new ParallelOptions { MaxDegreeOfParallelism = 2, CancellationToken = Token }, async (i, token) =>
        {
            var pulled = await new ImagePuller(ImageStore.Open(_folder[$"state{i}"]), client).PullAsync(Reference, new PullOptions(), null, token);
            Assert.Equal(digest, pulled.Image.Digest);
            Interlocked.Increment(ref pull);
            Directory.Delete(_folder[$"state{i}"], recursive: true);
        });
        Assert.Equal(100, pull);
        Assert.InRange(refused, 10, int.MaxValue);
    }

    [Fact]
    public async Task A_push_goes_on_when_its_token_expires_before_and_in_the_middle_of_an_upload()
    {
        var seen = new ConcurrentDictionary<string, int>(StringComparer.Ordinal);
        var challenge = new Misbehaviour.Answer(401, "", _tokens.Challenge(",scope=\"repository:team/app:pull,push\""));
        int Turn(RegistryCall call, int step) => call is { Method: "PUT" or "PATCH", Authorization: not null }
            ? seen.AddOrUpdate($"{call.Method} {call.Path}", 1, (_, turn) => turn + step) : 0;

        // Each request is refused before its body has been read, and then after that.
        _gate.BeforeBody = call => Turn(call, step: 1) == 1 ? challenge : null;
        _gate.Script = call => Turn(call, step: 0) == 2 ? challenge : new Misbehaviour.Forward(_registry.Host);
        var digest = await PushAsync(User);
        Assert.Contains(seen, request => request.Key.StartsWith("PATCH ", StringComparison.Ordinal));
        Assert.Contains(seen, request => request.Key.EndsWith("/manifests/1", StringComparison.Ordinal) && request.Value == 3);
        using var client = Client(User);
        Assert.Equal(digest, (await client.GetManifestAsync(Reference, Token)).Digest);
    }

    [Fact]
    public async Task Every_kind_of_credential_gets_a_token()
    {
        var identity = new RegistryCredential.IdentityToken(_tokens.IdentityToken);
        var digest = await PushAsync(identity);
        Assert.All(_tokens.Calls, call => Assert.Equal(("POST", null), (call.Method, call.Authorization)));
        Assert.Equal(digest, await FetchAsync(credential: null));
        Assert.Equal(digest, await FetchAsync(User));
        _tokens.OnlyOAuth2 = true;
        Assert.Equal(digest, await FetchAsync(User));
        Assert.Equal("POST", _tokens.Calls[^1].Method);

        // A token of the registry itself needs no token server.
        var own = _gate.Calls.Last(call => call.Authorization is not null).Authorization!.Split(' ')[1];
        Traffic.Keep(own, _gate.Host);
        var asked = _tokens.Calls.Count;
        Assert.Equal(digest, await FetchAsync(new RegistryCredential.RegistryToken(own)));
        Assert.Equal(asked, _tokens.Calls.Count);
    }

    [Fact]
    public async Task Refusals_say_what_was_wrong()
    {
        await PushAsync(User);
        _tokens.Allows = (user, repository, _) => user is not null && repository == "team/app";
        Assert.Equal(ErrorCodes.Unauthorized, await FailAsync(null));
        Assert.Equal(ErrorCodes.CredentialsRejected, await FailAsync(new RegistryCredential.Basic(TokenAuthority.User, "wrong")));
        Assert.Equal(ErrorCodes.TokenRejected, await FailAsync(new RegistryCredential.IdentityToken("revoked")));
        Assert.Equal(ErrorCodes.TokenRejected, await FailAsync(new RegistryCredential.RegistryToken("expired")));
        Assert.Equal(ErrorCodes.Forbidden, await FailAsync(User, "team/secret"));
        await FetchAsync(User);
    }

    private ImageReference Reference => ImageReference.Parse($"{_gate.Host}/team/app:1");

    private static RegistryClient Client(RegistryCredential? credential) => new(Quick with { Credentials = (_, _, _) => ValueTask.FromResult(credential) });

    /// <summary>Pushes an image of three layers, from a registry that is gone afterwards.</summary>
    private async Task<Digest> PushAsync(RegistryCredential credential, int largest = 5_000_000)
    {
        await using var origin = InProcessRegistry.Start();
        var digest = new TestImage()
            .Add(new TarAuthor().File("a", TestImage.Noise(3000, 1)).End())
            .Add(new TarAuthor().File("b", TestImage.Noise(largest, 2)).End(), LayerForm.Tar)
            .Add(new TarAuthor().File("c", "c").End())
            .Push(origin, "app", "1");
        var store = ImageStore.Open(_folder["source"]);
        var reference = ImageReference.Parse($"{origin.Host}/app:1");
        using (var anonymous = new RegistryClient(Quick))
        {
            await new ImagePuller(store, anonymous).PullAsync(reference, new PullOptions(), null, Token);
        }

        using var client = Client(credential);
        Assert.Equal(digest, (await new ImagePusher(store, client).PushAsync(reference.ToString(), Reference, new PushOptions(), null, Token)).Digest);
        return digest;
    }

    private async Task<Digest> FetchAsync(RegistryCredential? credential)
    {
        using var client = Client(credential);
        return (await client.GetManifestAsync(Reference, Token)).Digest;
    }

    private async Task<ErrorCode> FailAsync(RegistryCredential? credential, string repository = "team/app")
    {
        using var client = Client(credential);
        return (await Assert.ThrowsAsync<LoamException>(() => client.GetManifestAsync(ImageReference.Parse($"{_gate.Host}/{repository}:1"), Token))).Code;
    }
}
