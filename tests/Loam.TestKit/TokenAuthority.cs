using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;

namespace Loam.TestKit;

/// <summary>A token server on a free port of this machine, whose tokens a <see cref="DockerRegistry"/> believes
/// (distribution, "Token Authentication Specification", "OAuth2 Token Authentication", "JWT").</summary>
public sealed class TokenAuthority : IAsyncDisposable
{
    public const string Service = "loam tests, \"quoted\"";
    public const string Issuer = "loam-tests";
    public const string User = "alice";

    private readonly TemporaryFolder _folder = new();
    private readonly RSA _key = RSA.Create(2048);
    private readonly byte[] _certificate;
    private readonly InProcessRegistry _server = InProcessRegistry.Start();

    public TokenAuthority()
    {
        var now = DateTimeOffset.UtcNow;
        var request = new CertificateRequest("CN=Loam test tokens", _key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(
            new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(2));
        _certificate = certificate.RawData;
        File.WriteAllText(CertificatePath, certificate.ExportCertificatePem());
        Traffic.Ask(_server.Host);
        Traffic.Keep(Password, _server.Host);
        Traffic.Keep(IdentityToken, _server.Host);
        _server.Script = Answer;
    }

    /// <summary>A secret of its own, so that it can be told from others' wherever it turns up.</summary>
    public string Password { get; } = $"pass word:{Guid.NewGuid():N}";

    /// <summary>What it takes as a refresh token.</summary>
    public string IdentityToken { get; } = $"identity-{Guid.NewGuid():N}";

    /// <summary>What it says of how long its tokens hold.</summary>
    public int ExpiresIn { get; set; } = 300;

    /// <summary>How often it says that it has too much to do, and may be asked again at once.</summary>
    public int Busy { get; set; }

    /// <summary>Whether it only knows POST.</summary>
    public bool OnlyOAuth2 { get; set; }

    /// <summary>Who may do what; by default all may pull and only the user may push.</summary>
    public Func<string?, string, string, bool> Allows { get; set; } = (user, _, action) => user is not null || action == "pull";

    public string Host => _server.Host;

    public string Realm => $"http://{Host}/token";

    public string CertificatePath => _folder["tokens.pem"];

    public IReadOnlyList<RegistryCall> Calls => _server.Calls;

    /// <summary>How a registry sends somebody here.</summary>
    public (string Name, string Value) Challenge(string rest = "") =>
        ("WWW-Authenticate", $"Bearer realm=\"{Realm}\",service=\"{Service.Replace("\"", "\\\"", StringComparison.Ordinal)}\"{rest}");

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _key.Dispose();
        _folder.Dispose();
    }

    private Misbehaviour.Answer Answer(RegistryCall call)
    {
        if (Busy-- > 0)
        {
            return new Misbehaviour.Answer(429, "", ("Retry-After", "0"));
        }

        var form = Parse(call.Method == "POST" ? Encoding.UTF8.GetString(call.Body) : call.Query);
        var basic = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{User}:{Password}"));
        string? user = null;
        switch (call.Method)
        {
            case "GET" when OnlyOAuth2:
                return new Misbehaviour.Answer(405);
            case "GET" when call.Headers.TryGetValue("Authorization", out var shown):
                if (shown != basic)
                {
                    return new Misbehaviour.Answer(401);
                }

                user = User;
                break;
            case "POST":
                if (form["grant_type"].Single() switch
                {
                    "refresh_token" => form["refresh_token"].Single() != IdentityToken,
                    "password" => (form["username"].Single(), form["password"].Single()) != (User, Password),
                    _ => true,
                })
                {
                    return new Misbehaviour.Answer(400, """{"error":"invalid_grant"}""");
                }

                user = User;
                break;
        }

        if (form["service"].SingleOrDefault() != Service)
        {
            return new Misbehaviour.Answer(400, """{"error":"wrong service"}""");
        }

        var token = Issue(user, form["scope"].SelectMany(scope => scope.Split(' ')));
        return new Misbehaviour.Answer(
            200, new JsonObject { [call.Method == "POST" ? "access_token" : "token"] = token, ["expires_in"] = ExpiresIn }.ToJsonString());
    }

    private string Issue(string? user, IEnumerable<string> scopes)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var access = new JsonArray();
        foreach (var parts in scopes.Select(scope => scope.Split(':')))
        {
            var actions = parts[2].Split(',').Where(action => Allows(user, parts[1], action));
            access.Add(
                new JsonObject { ["type"] = parts[0], ["name"] = parts[1], ["actions"] = new JsonArray([.. actions.Select(action => (JsonNode)action)]) });
        }

        var header = new JsonObject { ["alg"] = "RS256", ["typ"] = "JWT", ["x5c"] = new JsonArray(Convert.ToBase64String(_certificate)) };
        var claims = new JsonObject
        {
            ["iss"] = Issuer,
            ["sub"] = user ?? "",
            ["aud"] = Service,
            ["iat"] = now,
            ["nbf"] = now - 10,
            ["exp"] = now + ExpiresIn,
            ["jti"] = Guid.NewGuid().ToString(),
            ["access"] = access,
        };
        var text = $"{Encode(Encoding.UTF8.GetBytes(header.ToJsonString()))}.{Encode(Encoding.UTF8.GetBytes(claims.ToJsonString()))}";
        return $"{text}.{Encode(_key.SignData(Encoding.ASCII.GetBytes(text), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }

    private static string Encode(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    private static ILookup<string, string> Parse(string form) => form.Split('&', StringSplitOptions.RemoveEmptyEntries)
        .Select(pair => pair.Split('=', 2)).ToLookup(pair => pair[0], pair => WebUtility.UrlDecode(pair.ElementAtOrDefault(1) ?? ""), StringComparer.Ordinal);
}
