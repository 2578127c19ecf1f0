using System.Text;
using System.Text.Json.Nodes;
using Loam.TestKit;

namespace Loam.Cli.Tests;

/// <summary>How registries are reached: TLS with certificates of both sides, proxies.</summary>
public sealed class ConnectionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_registry_with_tls_of_both_sides_and_a_password_is_pushed_to_and_pulled_from()
    {
        const string Password = "pass:word with ünicode";
        using var authority = new PrivateAuthority();
        await using var registry = await DockerRegistry.StartAsync(
            new DockerRegistrySettings { Login = ("dave", Password), Authority = authority, WantsClientCertificate = true });
        await using var origin = InProcessRegistry.Start();
        var digest = new TestImage().Add(new TarAuthor().File("a", TestImage.Noise(5_000_000, 1)).End(), LayerForm.Tar).Push(origin, "app", "1");
        string[] tls = ["--ca-certs", authority.Authority, "--cert", authority.ClientCertificate, "--key", authority.ClientKey];
        Check("", "pull", "-q", $"{origin.Host}/app:1");
        Check(Password, ["registry", "login", registry.Host, "-u", "dave", "--password-stdin", .. tls]);
        var name = $"{registry.Host}/team/app:1";
        var pushed = JsonNode.Parse(Check("", ["push", $"{origin.Host}/app:1", name, "--json", .. tls]))!;
        Assert.Equal(digest.ToString(), (string)pushed["digest"]!);
        Assert.Equal("1\n", Check("", ["tags", name, "-q", .. tls]));

        // Another state folder, and everything from config.json.
        Directory.CreateDirectory(_folder["other"]);
        var settings = new JsonObject
        {
            ["ca_certs"] = authority.Authority,
            ["cert"] = authority.ClientCertificate,
            ["key"] = authority.ClientKey,
            ["auth"] = new JsonObject { ["user"] = "dave", ["password_file"] = "password" },
        };
        await File.WriteAllTextAsync(
            _folder["other/config.json"],
            new JsonObject { ["auth_sources"] = new JsonArray("file"), ["registries"] = new JsonObject { [registry.Host] = settings } }.ToJsonString(),
            Token);
        await File.WriteAllTextAsync(_folder["other/password"], Password + "\n", Token);
        File.SetUnixFileMode(_folder["other/password"], UnixFileMode.UserRead);
        var pulled = JsonNode.Parse(LoamBinary.Check("pull", "--json", name, "--state-dir", _folder["other"]))!;
        Assert.Equal(digest.ToString(), (string)pulled["digest"]!);
        var shared = new Dictionary<string, string>(StringComparer.Ordinal) { ["REGISTRY_AUTH_FILE"] = _folder["state/auth.json"] };
        string[] inspect = ["inspect", "--cert-dir", Certificates(authority), "--format", "{{.Digest}}", $"docker://{name}"];
        var copied = Tools.Run("skopeo", inspect, input: null, shared);
        Assert.Equal((0, $"{digest}\n"), (copied.ExitCode, copied.Output));

        var without = Tools.Run(
            LoamBinary.Path,
            ["--mode", "ax", "tags", name, "--ca-certs", authority.Authority, "--state-dir", _folder["state"]],
            input: null,
            environment: null);
        Assert.Equal(6, without.ExitCode);
    }

    [Fact]
    public async Task Proxies_of_the_environment_are_used_but_for_this_machine_and_what_they_are_not_for()
    {
        await using var proxy = InProcessRegistry.Start();
        await using var local = InProcessRegistry.Start();
        new TestImage().Add(new TarAuthor().File("a", "b").End()).Push(proxy, "app", "1");
        new TestImage().Add(new TarAuthor().File("a", "b").End()).Push(local, "app", "1");
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["HTTP_PROXY"] = $"http://{proxy.Host}",
            ["http_proxy"] = $"http://{proxy.Host}",
            ["NO_PROXY"] = "other.invalid",
            ["no_proxy"] = "other.invalid",
        };
        ToolResult Pull(string host) => Tools.Run(
            LoamBinary.Path, ["--mode", "ax", "pull", $"{host}/app:1", "--insecure", "--state-dir", _folder["state"]], input: null, environment);
        Directory.CreateDirectory(_folder["state"]);
        await File.WriteAllTextAsync(_folder["state/config.json"], """{"network":{"retries":0}}""", Token);
        var through = Pull("made-up.invalid");
        Assert.True(through.ExitCode == 0, through.All);
        Assert.NotEmpty(proxy.Calls);
        Assert.All(proxy.Calls, call => Assert.Equal("made-up.invalid", call.ProxiedTo));
        proxy.ForgetCalls();
        Assert.Equal(0, Pull(local.Host).ExitCode);
        Assert.Equal(0, Pull(local.Host.Replace("127.0.0.1", "localhost", StringComparison.Ordinal)).ExitCode);
        Assert.Contains("registry_unknown", Pull("other.invalid").Error, StringComparison.Ordinal);
        Assert.Empty(proxy.Calls);
    }

    /// <summary>The certificates under the names that skopeo wants.</summary>
    private string Certificates(PrivateAuthority authority)
    {
        var folder = Directory.CreateDirectory(_folder["certificates"]).FullName;
        File.CreateSymbolicLink(Path.Combine(folder, "ca.crt"), authority.Authority);
        File.CreateSymbolicLink(Path.Combine(folder, "client.cert"), authority.ClientCertificate);
        File.CreateSymbolicLink(Path.Combine(folder, "client.key"), authority.ClientKey);
        return folder;
    }

    private string Check(string input, params string[] arguments)
    {
        var result = Tools.Run(LoamBinary.Path, [.. arguments, "--state-dir", _folder["state"]], Encoding.UTF8.GetBytes(input), environment: null);
        Assert.True(result.ExitCode == 0, result.All);
        return result.Output;
    }
}
