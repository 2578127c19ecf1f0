using Loam.TestKit;

namespace Loam.Tests;

/// <summary>What <c>config.json</c> may say.</summary>
public sealed class ConfigurationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Nothing_set_is_fine()
    {
        var configuration = Load(null);
        Assert.Empty(configuration.AuthSources);
        Assert.Empty(configuration.Warnings);
        Assert.Equal("ghcr.io", Assert.Single(configuration.Locations(ImageReference.Parse("ghcr.io/a/b"))).Host);
    }

    [Fact]
    public void Everything_that_can_be_set_is_read()
    {
        using var authority = new PrivateAuthority();
        var configuration = Load(
            $$$"""
            // comments are fine
            {"auth_sources":["os-store","docker-helpers","docker-config","file","env"],"os_store":"pass",
            "registries":{
              "R.example:5000":{"insecure":true,"ca_certs":"{{{authority.Authority}}}","cert":"{{{authority.Certificate}}}","key":"{{{authority.Key}}}",
                "mirrors":["mirror.example","cache.example:5000/hub"],"token_realms":["auth.example"]},
              "cache.example:5000":{"insecure":false,"ca_certs":"ca.pem"},
              "docker.io":{"mirrors":["mirror.example"]},
              "auth":{"r.example":{"user":"u","password_env":"X"} } },
            "network":{"connect_timeout_seconds":1.5,"stall_timeout_seconds":2,"total_timeout_seconds":3,"retries":0,"connections_per_host":4},
            "future":1}
            """);
        Assert.Equal([AuthSource.OsStore, AuthSource.DockerHelpers, AuthSource.DockerConfig, AuthSource.File, AuthSource.Env], configuration.AuthSources);
        Assert.Equal("pass", configuration.OsStore);
        Assert.Contains("\"future\"", Assert.Single(configuration.Warnings), StringComparison.Ordinal);
        Assert.Equal(
            new NetworkSettings { ConnectTimeoutSeconds = 1.5, StallTimeoutSeconds = 2, TotalTimeoutSeconds = 3, Retries = 0, ConnectionsPerHost = 4 },
            configuration.Network);
        var options = configuration.ToRegistryOptions();
        Assert.Equal((1.5, 2, 3), (options.ConnectTimeout.TotalSeconds, options.StallTimeout.TotalSeconds, options.RequestDeadline.TotalSeconds));
        Assert.Equal((0, 4), (options.Retries, options.ConnectionsPerHost));
        Assert.Equal(_folder["ca.pem"], configuration.SettingsOf("cache.example:5000").CaCerts);

        Assert.Throws<LoamException>(() => configuration.Locations(ImageReference.Parse("r.example:5000/team/app:1")));
        File.WriteAllText(_folder["ca.pem"], File.ReadAllText(authority.Authority));
        var locations = configuration.Locations(ImageReference.Parse("r.example:5000/team/app:1"));
        Assert.Equal(
            [
                ("mirror.example", "team/app", true, null),
                ("cache.example:5000", "hub/team/app", true, false),
                ("r.example:5000", "team/app", false, (bool?)true),
            ],
            locations.Select(location => (location.Host, location.Repository, location.IsMirror, location.Insecure)));
        Assert.NotNull(locations[1].CaCertificates);
        Assert.True(locations[2].ClientCertificate!.HasPrivateKey);
        Assert.Null(locations[0].ClientCertificate);
        Assert.Equal(["auth.example"], locations[2].TokenRealms);
        Assert.Equal(["mirror.example/library/alpine", "docker.io/library/alpine"], Names(configuration.Locations(ImageReference.Parse("alpine"))));
    }

    [Theory]
    [InlineData("{", 1)]
    [InlineData("[]", 1)]
    [InlineData("{\n\"auth_sources\":[\"docker\"]}", 2)]
    [InlineData("{\n\"auth_sources\":[1]}", 2)]
    [InlineData("{\n\"registries\":{\n\"a.b\":{\"ca_cert\":\"x\"}}}", 3)]
    [InlineData("{\n\"registries\":{\n\"a.b\":{\"insecure\":\"yes\"}}}", 3)]
    [InlineData("{\n\"registries\":{\n\"a.b\":{\"cert\":\"x\"}}}", 3)]
    [InlineData("{\n\"registries\":{\n\"word\":{}}}", 3)]
    [InlineData("{\n\"registries\":{\n\"a.b/c\":{}}}", 3)]
    [InlineData("{\n\"registries\":{\"a.b\":{},\n\"A.b\":{}}}", 3)]
    [InlineData("{\n\"registries\":{\n\"a.b\":{\"mirrors\":[\"http://x.y\"]}}}", 3)]
    [InlineData("{\n\"registries\":{\"auth\":{\n\"a.b\":{\"user\":\"u\"}}}}", 3)]
    [InlineData("{\n\"registries\":{\"auth\":{\n\"a.b\":{\"user\":\"u:v\",\"password_env\":\"X\"}}}}", 3)]
    [InlineData("{\n\"registries\":{\"auth\":{\n\"a.b\":{\"user\":\"u\",\"password_env\":\"X\",\"password_file\":\"y\"}}}}", 3)]
    [InlineData("{\n\"registries\":{\"auth\":{\n\"a.b\":{\"user\":\"u\",\"password\":\"p\"}}}}", 3)]
    [InlineData("{\n\"network\":{\n\"retry\":1}}", 3)]
    [InlineData("{\"network\":{\"retries\":-1}}", null)]
    [InlineData("{\"network\":{\"connect_timeout_seconds\":0}}", null)]
    public void What_is_malformed_is_an_error_that_names_file_and_line(string content, int? line)
    {
        var error = Assert.Throws<LoamException>(() => Load(content));
        Assert.Equal(ErrorCodes.ConfigurationInvalid, error.Code);
        Assert.StartsWith(_folder["config.json"] + (line is null ? ": " : $":{line}: "), error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("LineNumber", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Loam.", error.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Names(IEnumerable<RegistryLocation> locations) => locations.Select(location => $"{location.Host}/{location.Repository}");

    private LoamConfiguration Load(string? content)
    {
        if (content is not null)
        {
            File.WriteAllText(_folder["config.json"], content);
        }

        return LoamConfiguration.Load(_folder.Path, name => name == "CONTAINERS_REGISTRIES_CONF" ? _folder["registries.conf"] : null);
    }
}
