using System.Text;
using Loam.Credentials;
using Loam.TestKit;

namespace Loam.Tests;

/// <summary>Credentials files as other tools write them, and as nobody should.</summary>
public sealed class AuthFileTests
{
    private const string Secret = "s3cret";

    [Theory]
    [InlineData("reg.example", "a/b/c", "reg.example/a/b")]
    [InlineData("reg.example", "a/x", "reg.example/a")]
    [InlineData("reg.example", "ab", "reg.example")]
    [InlineData("reg.example", "", "reg.example")]
    [InlineData("reg.example:5000", "a/b", "reg.example:5000")]
    [InlineData("other.example", "a/b", "https://other.example/v1/")]
    [InlineData("docker.io", "library/alpine", "https://index.docker.io/v1/")]
    [InlineData("docker.io", "team/app", "docker.io/team")]
    [InlineData("none.example", "a/b", null)]
    public void The_most_specific_entry_is_found(string registry, string repository, string? key)
    {
        var file = Parse(
            """
            {"auths":{"reg.example":{},"reg.example/a":{},"reg.example/a/b":{},"reg.example:5000":{},
            "https://other.example/v1/":{},"https://index.docker.io/v1/":{},"docker.io/team":{}}}
            """);
        Assert.Equal(key, file.Find(registry, repository)?.Key);
    }

    [Fact]
    public void An_entry_as_it_is_written_goes_before_one_that_means_the_same()
    {
        var file = Parse("""{"auths":{"https://index.docker.io/v1/":{},"docker.io":{}}}""");
        Assert.Equal("docker.io", file.Find("docker.io", "library/alpine")?.Key);

        // Of a key that comes twice, the later holds, as every JSON library has it.
        var twice = AuthFile.Parse("file", """{"auths":{"a.b":{"registrytoken":"first"},"a.b":{"registrytoken":"second"} } }"""u8);
        Assert.Equal("second", twice.Find("a.b", "x")?.RegistryToken);
    }

    [Theory]
    [InlineData("alice:s3cret", true, "alice", "s3cret")]
    [InlineData("alice:s3cret", false, "alice", "s3cret")]
    [InlineData("a:b", false, "a", "b")]
    [InlineData("bob:with:colons:", true, "bob", "with:colons:")]
    [InlineData("user:pässwörd ✓", false, "user", "pässwörd ✓")]
    [InlineData("user:pass\0\0", true, "user", "pass")]
    public void A_password_may_hold_anything_and_its_base64_may_lack_padding(string text, bool padded, string user, string password)
    {
        var auth = Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
        var entry = new AuthEntry("x.y", 1) { Auth = padded ? auth : auth.TrimEnd('=') };
        Assert.Equal(new RegistryCredential.Basic(user, password), entry.Decode("file"));
    }

    [Fact]
    public void Tokens_go_before_passwords_and_an_empty_entry_is_none()
    {
        var file = Parse(
            $$$"""
            {"auths":{"a.b":{"auth":"{{{Base64("u:p")}}}","identitytoken":"one"},"c.d":{"registrytoken":"two"},
            "e.f":{},"g.h":{"auth":""},"i.j":{"username":"u","password":"p"},"k.l":null}}
            """);
        Assert.Equal(new RegistryCredential.IdentityToken("one"), Decode("a.b"));
        Assert.Equal(new RegistryCredential.RegistryToken("two"), Decode("c.d"));
        Assert.Null(Decode("e.f"));
        Assert.Null(Decode("g.h"));
        Assert.Equal(new RegistryCredential.Basic("u", "p"), Decode("i.j"));
        Assert.Null(Decode("k.l"));

        RegistryCredential? Decode(string registry) => file.Find(registry, "x")!.Decode("file");
    }

    [Theory]
    [InlineData("", 1)]
    [InlineData("[]", 1)]
    [InlineData("{\n\"auths\":\n[]}", 3)]
    [InlineData("{\"auths\":{\n\"a.b\":{\"auth\":\"eDp5\"},\n}}", 3)]
    [InlineData("{\"auths\":{\n\n\"a.b\":{\"auth\":5}}}", 3)]
    [InlineData("{\"auths\":{}}\n{}", 2)]
    [InlineData("{\"auths\":{\n\"a.b\":{\"auth\":\"s3cret!\"}}}", 2)]
    [InlineData("{\"auths\":{\n\n\"a.b\":{\"auth\":\"czNjcmV0\"}}}", 3)]
    [InlineData("{\"auths\":{\n\"a.b\":{\"auth\":\"/////w==\"}}}", 2)]
    [InlineData("{\"auths\":{\n\"a.b\":{\"auth\":\"s3cret", 2)]
    public void What_is_malformed_is_an_error_that_names_file_and_line_but_no_secret(string content, int line)
    {
        var error = Assert.Throws<LoamException>(() =>
        {
            var file = Parse(content);
            file.Find("a.b", "x")!.Decode(file.Path);
        });
        Assert.Equal(ErrorCodes.CredentialsInvalid, error.Code);
        Assert.StartsWith($"/some/auth.json:{line}: ", error.Message, StringComparison.Ordinal);
        Assert.Equal($"{line}", error.Details["line"]);
        Assert.DoesNotContain(Secret, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Whatever_stands_in_a_file_is_read_or_refused()
    {
        var good = Encoding.UTF8.GetBytes(
            $$$"""{"auths":{"a.b":{"auth":"{{{Base64("u:p")}}}","x":[1,{"y":null}]},"c.d":{"identitytoken":"t"}}"""
            + ""","credHelpers":{"e.f":"pass"},"credsStore":"z"}""");
        var random = new Random(11);
        var refused = 0;
        for (var i = 0; i < 5000; i++)
        {
            var content = Mutation.Of(good, random);
            try
            {
                var file = AuthFile.Parse("f", content);
                foreach (var entry in file.Entries)
                {
                    entry.Decode("f");
                }
            }
            catch (LoamException e)
            {
                Assert.Equal(ErrorCodes.CredentialsInvalid, e.Code);
                refused++;
            }
        }

        Assert.InRange(refused, 1000, 4999);
    }

    [Fact]
    public void Nothing_prints_a_secret()
    {
        Assert.DoesNotContain(Secret, new RegistryCredential.Basic("u", Secret).ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, new RegistryCredential.IdentityToken(Secret).ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, $"{new AuthEntry("k", 1) { Auth = Secret, Password = Secret }}", StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, $"{new FoundCredential(new RegistryCredential.RegistryToken(Secret), "x", [], [])}", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_that_other_tools_write_are_read()
    {
        Tools.Require("htpasswd", "skopeo", "buildah");
        using var folder = new TemporaryFolder();
        const string Password = "with:a colon";
        await using var registry = await DockerRegistry.StartAsync(("alice", Password));
        foreach (var tool in (string[])["skopeo", "buildah", .. Tools.Find("podman") is null ? Array.Empty<string>() : ["podman"]])
        {
            var path = folder[tool];
            var login = Tools.Run(
                tool,
                ["login", "--authfile", path, "--tls-verify=false", "-u", "alice", "--password-stdin", registry.Host],
                Encoding.UTF8.GetBytes(Password),
                environment: null);
            Assert.True(login.ExitCode == 0, login.All);
            var file = AuthFile.Read(path)!;
            Assert.Equal(new RegistryCredential.Basic("alice", Password), file.Find(registry.Host, "some/app")!.Decode(path));
            Assert.Null(SecretFile.WarningOf(path));
        }
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static AuthFile Parse(string content) => AuthFile.Parse("/some/auth.json", Encoding.UTF8.GetBytes(content));
}
