using System.Net.Http.Headers;
using Loam.Registry;
using Loam.TestKit;

namespace Loam.Tests;

/// <summary>Who is told what: challenges, token servers, redirects.</summary>
public sealed class RealmTests
{
    private static readonly RegistryOptions Quick = new() { RetryDelay = TimeSpan.FromMilliseconds(1), Retries = 1, StallTimeout = TimeSpan.FromSeconds(20) };

    private readonly RegistryCredential.Basic _user = new("bob", $"se cret:{Guid.NewGuid():N}");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("https://registry.example/v2/", "https://registry.example/token", true)]
    [InlineData("https://registry.example/v2/", "https://REGISTRY.example:8443/token", true)]
    [InlineData("https://registry-1.docker.io/v2/", "https://auth.docker.io/token", true)]
    [InlineData("https://registry.gitlab.com/v2/", "https://gitlab.com/jwt/auth", true)]
    [InlineData("https://registry.example/v2/", "https://registry.example.evil.com/token", false)]
    [InlineData("https://registry.example.com/v2/", "https://example.com.evil.org/token", false)]
    [InlineData("https://registry.example.com/v2/", "https://notexample.com/token", false)]
    [InlineData("https://a.co.uk/v2/", "https://b.co.uk/token", false)]
    [InlineData("https://r.a.co.uk/v2/", "https://auth.a.co.uk/token", true)]
    [InlineData("https://a.com.au/v2/", "https://b.com.au/token", false)]
    [InlineData("https://10.0.0.1/v2/", "https://10.1.0.1/token", false)]
    [InlineData("https://registry/v2/", "https://other/token", false)]
    [InlineData("https://r.example/v2/", "https://trusted.other/token", true)]
    [InlineData("https://r.example/v2/", "https://ported.other:444/token", true)]
    [InlineData("https://r.example/v2/", "https://ported.other/token", false)]
    [InlineData("https://r.example/v2/", "https://user@trusted.other.evil.com/token", false)]
    public void Token_servers_that_may_know_credentials(string api, string realm, bool may)
    {
        var target = new RegistryTarget(new RegistryLocation("r", "app") { TokenRealms = ["trusted.other", "ported.other:444"] }, new Uri(api));
        Assert.Equal(may, Realm.MayKnowCredentials(new Uri(realm), target));
    }

    [Theory]
    [InlineData("https://r.example/v2/", "https://any.other/token", true)]
    [InlineData("https://r.example/v2/", "http://r.example/token", false)]
    [InlineData("http://r.example/v2/", "http://r.example:81/token", true)]
    [InlineData("http://r.example/v2/", "http://other.example/token", false)]
    [InlineData("http://r.example/v2/", "https://other.example/token", true)]
    [InlineData("http://r.example/v2/", "file:///etc/passwd", false)]
    [InlineData("https://r.example/v2/", "ftp://r.example/token", false)]
    public void Token_servers_that_may_be_asked(string api, string realm, bool may) =>
        Assert.Equal(may, Realm.IsSecure(new Uri(realm), new RegistryTarget(new RegistryLocation("r", "app"), new Uri(api))));

    [Theory]
    [InlineData("Basic realm=\"x\", Bearer realm=\"https://a.b/t\",service=\"s, t\",scope=\"repository:a:pull,push\"")]
    [InlineData("Bearer realm=\"https://a.b/t\",service=\"s, t\",scope=\"repository:a:pull,push\", Basic realm=\"x\"")]
    [InlineData("bearer realm=\"https://a.b/t\" , service=\"s, t\" , scope=\"repository:a:pull,push\"|Basic realm=\"x\"")]
    [InlineData(
        "Negotiate|BASIC realm=\"x\"|Bearer realm=\"https://a.b/t\", Service=\"s, t\", scope=\"repository:a:pull,push\"|Bearer realm=\"https://c.d/t\"")]
    [InlineData("Bearer realm=\"nowhere\"|Basic|Bearer realm=\"https://a.b/t\",service=\"s, t\",scope=\"repository:a:pull,push\"")]
    public void All_challenges_are_read_in_one_header_and_in_several(string headers)
    {
        using var response = new HttpResponseMessage();
        foreach (var header in headers.Split('|'))
        {
            response.Headers.TryAddWithoutValidation("WWW-Authenticate", header);
        }

        Assert.Equal(
            new Challenge(new BearerChallenge(new Uri("https://a.b/t"), "s, t", "repository:a:pull,push", Error: null), Basic: true),
            Challenge.Of(response.Headers.WwwAuthenticate));
    }

    [Fact]
    public async Task Where_a_token_will_do_no_password_is_shown_to_the_registry()
    {
        await using var registry = InProcessRegistry.Start();
        Traffic.Keep(_user.Password, registry.Host);
        var digest = Image(registry);
        registry.Script = call => call switch
        {
            { Path: "/token" } => new Misbehaviour.Answer(200, """{"token":"given"}"""),
            { Authorization: "Bearer given" } => null,
            _ => new Misbehaviour.Answer(401, "", ("WWW-Authenticate", $"Basic realm=\"x\", Bearer realm=\"http://{registry.Host}/token\",service=\"s\"")),
        };
        using var client = Client(_user);
        Assert.Equal(digest, (await client.GetManifestAsync(Reference(registry), Token)).Digest);
        Assert.Equal([null, "Basic", "Bearer"], registry.Calls.Select(call => call.Authorization?.Split(' ')[0]));
    }

    [Fact]
    public async Task A_token_server_of_another_domain_is_asked_anonymously_or_as_the_settings_say()
    {
        using var authority = new PrivateAuthority();
        await using var registry = InProcessRegistry.Start();
        await using var elsewhere = InProcessRegistry.Start(authority);
        var digest = Image(registry);
        var realm = $"https://localhost:{elsewhere.Host.Split(':')[1]}";
        var isPublic = true;
        elsewhere.Script = call => isPublic || call.Authorization is not null
            ? new Misbehaviour.Answer(200, $$"""{"token":"{{(call.Authorization is null ? "public" : "private")}}"}""")
            : new Misbehaviour.Answer(401);
        registry.Script = call => call.Authorization is not null
            ? null
            : new Misbehaviour.Answer(401, "", ("WWW-Authenticate", $"Bearer realm=\"{realm}/token\""));
        var trusting = Quick with { CaCertificates = RegistryOptions.ReadCaCertificates(authority.Authority) };
        var own = new RegistryLocation(registry.Host, "app") { Insecure = true };
        using (var client = Client(_user, trusting with { Locations = _ => [own] }))
        {
            Assert.Equal(digest, (await client.GetManifestAsync(Reference(registry), Token)).Digest);
        }

        isPublic = false;
        using (var client = Client(_user, trusting with { Locations = _ => [own] }))
        {
            var error = await Assert.ThrowsAsync<LoamException>(() => client.GetManifestAsync(Reference(registry), Token));
            Assert.Equal(ErrorCodes.CredentialsWithheld, error.Code);
            Assert.All(elsewhere.Calls, call => Assert.Null(call.Authorization));
        }

        // A public token that does not do: the same.
        isPublic = true;
        registry.Script = call => call.Authorization is null
            ? new Misbehaviour.Answer(401, "", ("WWW-Authenticate", $"Bearer realm=\"{realm}/token\"")) : new Misbehaviour.Answer(403);
        using (var client = Client(_user, trusting with { Locations = _ => [own] }))
        {
            Assert.Equal(
                ErrorCodes.CredentialsWithheld, (await Assert.ThrowsAsync<LoamException>(() => client.GetManifestAsync(Reference(registry), Token))).Code);
            Assert.All(elsewhere.Calls, call => Assert.Null(call.Authorization));
        }

        // Now it is for both to see.
        Traffic.Keep(_user.Password, elsewhere.Host);
        Traffic.Ask(elsewhere.Host);
        registry.Script = call => call.Authorization == "Bearer private"
            ? null
            : new Misbehaviour.Answer(401, "", ("WWW-Authenticate", $"Bearer realm=\"{realm}/token\""));
        using (var client = Client(_user, trusting with { Locations = _ => [own with { TokenRealms = [new Uri(realm).Authority] }] }))
        {
            Assert.Equal(digest, (await client.GetManifestAsync(Reference(registry), Token)).Digest);
        }
    }

    [Fact]
    public async Task Https_never_leads_to_http()
    {
        using var authority = new PrivateAuthority();
        await using var registry = InProcessRegistry.Start(authority);
        await using var open = InProcessRegistry.Start();
        Traffic.Keep(_user.Password, registry.Host);
        Image(registry);
        var options = Quick with { CaCertificates = RegistryOptions.ReadCaCertificates(authority.Authority) };
        using var client = Client(_user, options);
        registry.Script = _ => new Misbehaviour.Answer(401, "", ("WWW-Authenticate", $"Bearer realm=\"http://{open.Host}/token\""));
        await RefusedAsync(() => client.GetManifestAsync(Reference(registry), Token));
        registry.Script = call => call.Authorization is null
            ? new Misbehaviour.Answer(401, "", ("WWW-Authenticate", "Basic realm=\"x\""))
            : new Misbehaviour.Answer(307, "", ("Location", $"http://{open.Host}/v2/app/manifests/1"));
        await RefusedAsync(() => client.GetManifestAsync(Reference(registry), Token));
        registry.Script = call => call.Method == "HEAD" ? null : new Misbehaviour.Answer(202, "", ("Location", $"http://{open.Host}/v2/app/blobs/uploads/1"));
        var blob = new Descriptor { MediaType = "application/octet-stream", Digest = Digest.Sha256([1]), Size = 1 };
        await RefusedAsync(() => client.PushBlobAsync(Reference(registry), blob, () => new MemoryStream([1]), cancellationToken: Token));
        registry.Script = _ => new Misbehaviour.Answer(302, "", ("Location", "file:///etc/passwd"));
        await RefusedAsync(() => client.GetManifestAsync(Reference(registry), Token));
        Assert.Empty(open.Calls);

        static async Task RefusedAsync(Func<Task> act) =>
            Assert.Equal(ErrorCodes.RegistryProtocol, (await Assert.ThrowsAsync<LoamException>(act)).Code);
    }

    [Fact]
    public async Task Where_redirects_lead_nobody_is_told_or_may_ask()
    {
        await using var registry = InProcessRegistry.Start();
        await using var storage = InProcessRegistry.Start();
        Traffic.Keep(_user.Password, registry.Host);
        var content = TestImage.Noise(5000, 3);
        var digest = registry.AddBlob(content);
        storage.AddBlob(content);
        var basic = ("WWW-Authenticate", "Basic realm=\"x\"");
        registry.Script = call => call.Authorization is null ? new Misbehaviour.Answer(401, "", basic)
            : call.Method == "POST" ? new Misbehaviour.Answer(202, "", ("Location", $"http://{storage.Host}/v2/app/blobs/uploads/u1"))
            : call.IsBlob ? new Misbehaviour.Answer(307, "", ("Location", $"http://{storage.Host}/v2/x/blobs/{digest}?signature=abc")) : null;
        using var client = Client(_user);
        var blob = new Descriptor { MediaType = "application/octet-stream", Digest = digest, Size = content.Length };
        Assert.Equal(content, await client.GetBlobBytesAsync(Reference(registry), blob, 10_000, Token));

        // It asks for the password, and the registry would have sent it there.
        storage.Script = _ => new Misbehaviour.Answer(401, "", basic);
        await Assert.ThrowsAsync<LoamException>(() => client.GetBlobBytesAsync(Reference(registry), blob, 10_000, Token));

        // An upload may go on elsewhere too.
        storage.Script = call => call.Method == "PUT" ? new Misbehaviour.Answer(201) : new Misbehaviour.Answer(404);
        var added = new Descriptor { MediaType = "application/octet-stream", Digest = Digest.Sha256([1, 2]), Size = 2 };
        Assert.Equal(UploadOutcome.Uploaded, await client.PushBlobAsync(Reference(registry), added, () => new MemoryStream([1, 2]), cancellationToken: Token));
        Assert.Equal([1, 2], storage.Calls[^1].Body);
        Assert.All(storage.Calls, call => Assert.Null(call.Authorization));
    }

    [Fact]
    public async Task What_a_registry_says_back_does_not_carry_what_it_was_shown()
    {
        await using var registry = InProcessRegistry.Start();
        Traffic.Keep(_user.Password, registry.Host);
        registry.Script = call => call.Authorization is { } shown
            ? new Misbehaviour.Answer(403, $$"""{"errors":[{"code":"DENIED","message":"{{_user.Password}} in {{shown}} is {{new string('x', 170)}}"}]}""")
            : new Misbehaviour.Answer(401, "", ("WWW-Authenticate", "Basic realm=\"x\""));
        using var client = Client(_user);
        var error = await Assert.ThrowsAsync<LoamException>(() => client.GetManifestAsync(Reference(registry), Token));
        Assert.Equal(ErrorCodes.Forbidden, error.Code);
        Assert.Contains("DENIED: … in Basic …", error.Message, StringComparison.Ordinal);
        Assert.All(Traffic.Forms(_user.Password), form => Assert.DoesNotContain(form, error.ToString(), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("realm")]
    [InlineData("body")]
    public async Task A_token_server_or_an_error_that_never_ends_does_not_hang(string what)
    {
        await using var registry = InProcessRegistry.Start();
        registry.Script = call => call.Path == "/token"
            ? new Misbehaviour.Late(TimeSpan.FromMinutes(10))
            : new Misbehaviour.Answer(
                401, "", ("WWW-Authenticate", $"Bearer realm=\"http://{registry.Host}/token\""), ("Content-Length", what == "body" ? "100" : "0"));
        using var client = Client(credential: null, Quick with { StallTimeout = TimeSpan.FromMilliseconds(600) });
        var error = await Assert.ThrowsAsync<LoamException>(() => client.PushBlobAsync(
            Reference(registry),
            new Descriptor { MediaType = "x/y", Digest = Digest.Sha256([1]), Size = 1 },
            () => new MemoryStream([1]),
            cancellationToken: Token));
        Assert.Equal(ErrorCodes.Timeout, error.Code);
        Assert.Contains("token server", error.Message, StringComparison.Ordinal);
    }

    private static Digest Image(InProcessRegistry registry) => new TestImage().Add(new TarAuthor().End()).Push(registry, "app", "1");

    private static ImageReference Reference(InProcessRegistry registry) => ImageReference.Parse($"{registry.Host}/app:1");

    private static RegistryClient Client(RegistryCredential? credential, RegistryOptions? options = null) =>
        new((options ?? Quick) with { Credentials = (_, _, _) => ValueTask.FromResult(credential) });
}
