using System.Text.Json.Nodes;
using Loam.Credentials;
using Loam.TestKit;

namespace Loam.Tests;

/// <summary>The file that logins are stored in.</summary>
public sealed class CredentialFileTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_not_understood_is_kept()
    {
        using var folder = new TemporaryFolder();
        var file = new CredentialFile(folder.Path);
        await File.WriteAllTextAsync(
            file.Path,
            """
            {"before":[1.50,{"x":"é"}],"auths":{"a.b":{"auth":"eDp5","mine":true},"https://index.docker.io/v1/":{"auth":"b2xkOm9sZA=="},
            "c.d/e":{"identitytoken":"t","email":"m@n"}},"credHelpers":{"g.h":"pass"},"after":12345678901234567890}
            """,
            Token);
        await file.StoreAsync(RegistryName.Parse("https://c.d/e/"), new RegistryCredential.Basic("u", "p+/:?"), Token);
        await file.StoreAsync(RegistryName.Parse("docker.io"), new RegistryCredential.Basic("u", "p"), Token);
        var root = JsonNode.Parse(await File.ReadAllTextAsync(file.Path, Token))!;
        Assert.Equal(["before", "auths", "credHelpers", "after"], root.AsObject().Select(field => field.Key));
        Assert.Equal("""[1.50,{"x":"\u00E9"}]""", root["before"]!.ToJsonString());
        Assert.Equal("12345678901234567890", root["after"]!.ToJsonString());
        Assert.Equal("""{"auth":"eDp5","mine":true}""", root["auths"]!["a.b"]!.ToJsonString());
        Assert.Equal(["email", "auth"], root["auths"]!["c.d/e"]!.AsObject().Select(field => field.Key));
        var read = AuthFile.Read(file.Path)!;
        Assert.Equal(new RegistryCredential.Basic("u", "p+/:?"), read.Find("c.d", "e/f")!.Decode(file.Path));
        Assert.Equal(new RegistryCredential.Basic("u", "p"), read.Find("docker.io", "library/alpine")!.Decode(file.Path));

        await file.RemoveAsync(RegistryName.Parse("https://index.docker.io/v1/"), Token);
        Assert.Equal(["a.b", "c.d/e"], AuthFile.Read(file.Path)!.Entries.Select(entry => entry.Key));
        var error = await Assert.ThrowsAsync<LoamException>(() => file.RemoveAsync(RegistryName.Parse("docker.io"), Token));
        Assert.Equal(ErrorCodes.NotLoggedIn, error.Code);
        Assert.Equal(["a.b", "c.d/e"], await file.RemoveAllAsync(Token));
        Assert.Empty(AuthFile.Read(file.Path)!.Entries);
        Assert.Equal(["g.h"], AuthFile.Read(file.Path)!.Helpers.Select(helper => helper.Key));
    }

    [Fact]
    public async Task Many_at_once_lose_nothing_and_leave_nothing_else()
    {
        using var folder = new TemporaryFolder();
        var root = folder["new/state"];
        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Task.Run(
            () => new CredentialFile(root).StoreAsync(RegistryName.Parse($"r{i}.example:5000"), new RegistryCredential.Basic($"u{i}", $"p{i}"), Token),
            Token)));
        var file = AuthFile.Read(Path.Combine(root, "auth.json"))!;
        Assert.Equal(50, file.Entries.Count);
        Assert.All(Enumerable.Range(0, 50), i => Assert.Equal(new RegistryCredential.Basic($"u{i}", $"p{i}"), file.Find($"r{i}.example:5000", "")!.Decode("")));
        Assert.Equal(["auth.json"], Directory.EnumerateFileSystemEntries(root).Select(Path.GetFileName));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(root, "auth.json")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(root));
    }

    [Theory]
    [InlineData("{\"auths\":{\n\"a.b\":")]
    [InlineData("{\"auths\":[]}")]
    [InlineData("{\"auths\":{},\"auths\":{}}")]
    public async Task A_file_that_is_malformed_is_not_overwritten(string content)
    {
        using var folder = new TemporaryFolder();
        var file = new CredentialFile(folder.Path);
        await File.WriteAllTextAsync(file.Path, content, Token);
        var error = await Assert.ThrowsAsync<LoamException>(() => file.StoreAsync(RegistryName.Parse("x.y"), new RegistryCredential.Basic("u", "p"), Token));
        Assert.Equal(ErrorCodes.CredentialsInvalid, error.Code);
        Assert.Equal(content, await File.ReadAllTextAsync(file.Path, Token));
    }

    [Fact]
    public async Task What_a_killed_login_left_goes_with_the_next()
    {
        using var folder = new TemporaryFolder();
        var file = new CredentialFile(folder.Path);
        await File.WriteAllTextAsync(file.Path + ".tmp", "{\"auths\":{\"half", Token);
        await File.WriteAllTextAsync(file.Path + ".0123abcd.tmp", "{\"auths\":{\"half", Token);
        await File.WriteAllTextAsync(file.Path + ".lock", "", Token);
        await file.StoreAsync(RegistryName.Parse("x.y"), new RegistryCredential.Basic("u", "p"), Token);
        Assert.Equal(["auth.json"], Directory.EnumerateFileSystemEntries(folder.Path).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("ghcr.io", "ghcr.io", "")]
    [InlineData("GHCR.io/", "ghcr.io", "")]
    [InlineData("https://reg.example:5000/team/", "reg.example:5000", "team")]
    [InlineData("reg.example/a/b", "reg.example", "a/b")]
    [InlineData("https://index.docker.io/v1/", "docker.io", "")]
    [InlineData("registry-1.docker.io", "docker.io", "")]
    [InlineData("localhost", "localhost", "")]
    [InlineData("[::1]:5000", "[::1]:5000", "")]
    [InlineData("http://reg.example", null, null)]
    [InlineData("word", null, null)]
    [InlineData("", null, null)]
    [InlineData("reg.example/UPPER", null, null)]
    [InlineData("reg.example/a:tag", null, null)]
    [InlineData("reg.example/../x", null, null)]
    [InlineData("user@reg.example", null, null)]
    public void A_registry_is_named_by_host_and_path(string text, string? host, string? path)
    {
        if (host is not null)
        {
            Assert.Equal(new RegistryName(host, path!), RegistryName.Parse(text));
            return;
        }

        Assert.Equal(ErrorCodes.InvalidRegistry, Assert.Throws<LoamException>(() => RegistryName.Parse(text)).Code);
    }
}
