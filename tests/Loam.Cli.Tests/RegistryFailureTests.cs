using System.Text;
using System.Text.Json.Nodes;
using Loam.TestKit;

namespace Loam.Cli.Tests;

/// <summary>Each failure that registries can cause has its own code, message and hint.</summary>
public sealed class RegistryFailureTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("credentials_rejected", 5, "registry list --explain")]
    [InlineData("token_rejected", 5, "")]
    [InlineData("unauthorized", 5, "")]
    [InlineData("forbidden", 5, "")]
    [InlineData("credentials_withheld", 5, "token_realms")]
    [InlineData("repository_unknown", 3, "")]
    [InlineData("manifest_unknown", 3, "loam tags")]
    [InlineData("blob_unknown", 3, "")]
    [InlineData("too_many_requests", 6, "")]
    [InlineData("registry_unavailable", 6, "")]
    [InlineData("registry_unreachable", 6, "")]
    [InlineData("registry_refused", 6, "")]
    [InlineData("registry_unknown", 6, "")]
    [InlineData("registry_protocol", 6, "")]
    [InlineData("timeout", 6, "")]
    [InlineData("tls_untrusted", 6, "--ca-certs")]
    [InlineData("digest_mismatch", 7, "")]
    [InlineData("not_an_image", 1, "")]
    public async Task Pull(string code, int exit, string said)
    {
        using var authority = new PrivateAuthority();
        await using var registry = InProcessRegistry.Start(code is "tls_untrusted" or "credentials_withheld" ? authority : null);
        var secret = $"secret-{Guid.NewGuid():N}";
        Traffic.Keep(secret, registry.Host);
        new TestImage().Add(new TarAuthor().File("a", "b").End()).Push(registry, "app", "1");
        registry.Script = call => Misbehave(code, registry, call);
        Configure(("retries", 1), ("stall_timeout_seconds", code == "timeout" ? 0.3 : 30), ("connect_timeout_seconds", 10));
        await File.WriteAllTextAsync(
            _folder["auth.json"],
            code == "token_rejected" ? $$$"""{"auths":{"{{{registry.Host}}}":{"registrytoken":"{{{secret}}}"} } }"""
            : code is "unauthorized" or "registry_unknown" or "tls_untrusted" ? "{}"
            : $$$"""{"auths":{"{{{registry.Host}}}":{"auth":"{{{Convert.ToBase64String(Encoding.UTF8.GetBytes($"u:{secret}"))}}}"} } }""",
            TestContext.Current.CancellationToken);
        var host = code switch
        {
            "registry_refused" => "127.0.0.1:1",
            "registry_unknown" => "nowhere.invalid",
            _ => registry.Host,
        };
        string[] more = code switch
        {
            "tls_untrusted" => ["--ca-certs", Stranger()],
            "credentials_withheld" => ["--ca-certs", authority.Authority],
            _ => [],
        };
        var error = Fail(exit, code, ["pull", $"{host}/app:1", .. more]);
        Assert.Contains(said, $"{error["message"]} {error["hint"]}", StringComparison.Ordinal);
        Assert.Contains(
            code switch { "not_an_image" => "x.sbom", "credentials_withheld" => "localhost", _ => host }, (string)error["message"]!, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, error.ToJsonString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("quota_exceeded", 4, 413, "{}")]
    [InlineData("quota_exceeded", 4, 507, "{}")]
    [InlineData("quota_exceeded", 4, 403, """{"errors":[{"code":"DENIED","message":"adding 12 MiB exceeds the project's Quota"}]}""")]
    [InlineData("forbidden", 5, 403, """{"errors":[{"code":"DENIED","message":"read only"}]}""")]
    [InlineData("too_many_requests", 6, 429, """{"errors":[{"code":"TOOMANYREQUESTS"}]}""")]
    public async Task Push(string code, int exit, int status, string body)
    {
        await using var registry = InProcessRegistry.Start();
        new TestImage().Add(new TarAuthor().File("a", "b").End()).Push(registry, "app", "1");
        Configure(("retries", 1));
        Tools.Check(LoamBinary.Path, "pull", "-q", $"{registry.Host}/app:1", "--state-dir", _folder["state"]);
        registry.Script = call => call.Method switch
        {
            "HEAD" => new Misbehaviour.Answer(404),
            _ => new Misbehaviour.Answer(status, body),
        };
        Fail(exit, code, ["push", $"{registry.Host}/app:1", $"{registry.Host}/copy:1"]);

        // Refused at the manifest, it is the same.
        registry.Script = call => call is { Method: "PUT", IsManifest: true } ? new Misbehaviour.Answer(status, body)
            : call.Method == "HEAD" ? new Misbehaviour.Answer(404)
            : null;
        Fail(exit, code, ["push", $"{registry.Host}/app:1", $"{registry.Host}/copy:1"]);
    }

    private static Misbehaviour? Misbehave(string code, InProcessRegistry registry, RegistryCall call)
    {
        var basic = ("WWW-Authenticate", "Basic realm=\"x\"");
        return code switch
        {
            "credentials_rejected" or "unauthorized" => new Misbehaviour.Answer(
                401, """{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}""", basic),
            "token_rejected" => new Misbehaviour.Answer(
                401, "", ("WWW-Authenticate", $"Bearer realm=\"http://{registry.Host}/token\",error=\"invalid_token\"")),
            "credentials_withheld" => new Misbehaviour.Answer(
                401, "", ("WWW-Authenticate", $"Bearer realm=\"https://localhost:{registry.Host.Split(':')[1]}/token\"")),
            "forbidden" when call.Authorization is null => new Misbehaviour.Answer(401, "", basic),
            "forbidden" => new Misbehaviour.Answer(403, """{"errors":[{"code":"DENIED","message":"not yours"}]}"""),
            "repository_unknown" => new Misbehaviour.Answer(404, """{"errors":[{"code":"NAME_UNKNOWN","message":"repository name not known"}]}"""),
            "manifest_unknown" => new Misbehaviour.Answer(404, """{"errors":[{"code":"MANIFEST_UNKNOWN"}]}"""),
            "blob_unknown" when call.IsBlob => new Misbehaviour.Answer(404, """{"errors":[{"code":"BLOB_UNKNOWN"}]}"""),
            "too_many_requests" => new Misbehaviour.Answer(429, """{"errors":[{"code":"TOOMANYREQUESTS"}]}""", ("Retry-After", "0")),
            "registry_unavailable" => new Misbehaviour.Answer(503, "<html>down</html>"),
            "registry_unreachable" => new Misbehaviour.Break(0),
            "registry_protocol" => new Misbehaviour.Answer(307, "", ("Location", $"http://{registry.Host}{call.Path}")),
            "timeout" => new Misbehaviour.Late(TimeSpan.FromMinutes(10)),
            "digest_mismatch" when call.IsBlob => new Misbehaviour.WrongContent(),
            "not_an_image" when call.IsManifest => new Misbehaviour.Answer(
                200,
                """
                {"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","artifactType":"application/x.sbom","layers":[],
                 "config":{"mediaType":"application/vnd.oci.empty.v1+json","size":2,
                           "digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"}}
                """,
                ("Content-Type", "application/vnd.oci.image.manifest.v1+json")),
            _ => null,
        };
    }

    private void Configure(params (string Name, double Value)[] network)
    {
        Directory.CreateDirectory(_folder["state"]);
        var settings = new JsonObject(network.Select(item => KeyValuePair.Create(item.Name, (JsonNode?)item.Value)));
        File.WriteAllText(_folder["state/config.json"], new JsonObject { ["network"] = settings }.ToJsonString());
    }

    private string Stranger()
    {
        using var other = new PrivateAuthority();
        File.WriteAllText(_folder["stranger.crt"], File.ReadAllText(other.Authority));
        return _folder["stranger.crt"];
    }

    private JsonNode Fail(int exit, string code, string[] arguments)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        if (File.Exists(_folder["auth.json"]))
        {
            File.SetUnixFileMode(_folder["auth.json"], UnixFileMode.UserRead | UnixFileMode.UserWrite);
            environment["REGISTRY_AUTH_FILE"] = _folder["auth.json"];
        }

        var failed = Tools.Run(LoamBinary.Path, ["--mode", "ax", .. arguments, "--state-dir", _folder["state"]], input: null, environment);
        Assert.Equal("", failed.Output);
        var error = JsonNode.Parse(failed.Error)!["error"]!;
        Assert.True(code == (string)error["code"]! && exit == failed.ExitCode, failed.All);
        Assert.NotEqual("", (string)error["message"]!);

        // The page of errors says the same.
        var line = Assert.Single(
            File.ReadLines(Path.Combine(Repository.Root, "docs", "errors.md")), line => line.StartsWith($"| `{code}` |", StringComparison.Ordinal));
        Assert.Contains($"| {failed.ExitCode} |", line, StringComparison.Ordinal);
        return error;
    }
}
