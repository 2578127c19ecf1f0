using Loam.Credentials;
using Loam.TestKit;

namespace Loam.Tests;

/// <summary>Which source decides, and which are never asked.</summary>
public sealed class CredentialSourcesTests : IDisposable
{
    private const string Auth = """{"auths":{"r.example":{"auth":"eDp5"}}}"""; // x:y

    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, string> _environment = new(StringComparer.Ordinal);

    public CredentialSourcesTests()
    {
        Directory.CreateDirectory(_folder["state"]);
        Directory.CreateDirectory(_folder["docker"]);
        Directory.CreateDirectory(_folder["bin"]);
        _environment["DOCKER_CONFIG"] = _folder["docker"];
        _environment["HOME"] = _folder.Path;
        _environment["PATH"] = $"{_folder["bin"]}:/usr/bin:/bin";
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_first_source_that_has_one_wins()
    {
        Write("docker/config.json", """{"auths":{"r.example":{"auth":"ZG9ja2VyOnA="}}}""");
        Assert.Equal(CredentialSources.Anonymous, (await FindAsync()).Source);
        Write("state/config.json", """{"auth_sources":["docker-config"]}""");
        Assert.Equal(("docker-config", new RegistryCredential.Basic("docker", "p")), await PairAsync());
        Write("state/auth.json", Auth);
        Assert.Equal(("auth.json", new RegistryCredential.Basic("x", "y")), await PairAsync());
        Write("named.json", """{"auths":{"r.example/team":{"auth":"bmFtZWQ6cA=="}}}""");
        _environment["REGISTRY_AUTH_FILE"] = _folder["named.json"];
        Assert.Equal(("$REGISTRY_AUTH_FILE", new RegistryCredential.Basic("named", "p")), await PairAsync("team/app"));
        Assert.Equal("auth.json", (await FindAsync("other/app")).Source);
        var own = new RegistryCredential.Basic("me", "p");
        var found = await Sources(own).FindAsync("r.example", "team/app", Token);
        Assert.Equal(("explicit", (RegistryCredential)own), (found.Source, found.Credential));
        Assert.Equal(["explicit"], found.Steps.Select(step => step.Source));
        Assert.Equal(own, await Sources(own).LookUpAsync("r.example", "team/app", Token));
    }

    [Fact]
    public async Task Every_source_that_was_asked_says_why_and_none_says_a_secret()
    {
        Write("state/auth.json", """{"auths":{"r.example":{"auth":"dXNlcjpoaWRkZW4="}}}""");
        var found = await FindAsync();
        Assert.Equal(["explicit", "$REGISTRY_AUTH_FILE", "auth.json"], found.Steps.Select(step => step.Source));
        Assert.Contains("password of user", found.Steps[^1].Why, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", string.Concat(found.Steps), StringComparison.Ordinal);
        Assert.Equal([new RegistryLogin("r.example", "user", "auth.json", _folder["state/auth.json"])], (await Sources().ListAsync(Token)).Logins);
    }

    [Fact]
    public async Task A_file_that_is_named_must_be_there_and_whole()
    {
        _environment["REGISTRY_AUTH_FILE"] = _folder["nowhere.json"];
        Assert.Equal(ErrorCodes.CredentialsUnreadable, (await Assert.ThrowsAsync<LoamException>(() => FindAsync())).Code);
        _environment["REGISTRY_AUTH_FILE"] = _folder["docker"];
        Assert.Equal(ErrorCodes.CredentialsUnreadable, (await Assert.ThrowsAsync<LoamException>(() => FindAsync())).Code);
        _environment.Remove("REGISTRY_AUTH_FILE");
        Write("state/auth.json", "{\"auths\":{\n");
        var error = await Assert.ThrowsAsync<LoamException>(() => FindAsync());
        Assert.Equal((ErrorCodes.CredentialsInvalid, "2"), (error.Code, error.Details["line"]));
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead, true)]
    [InlineData(UnixFileMode.OtherRead, true)]
    [InlineData(UnixFileMode.None, false)]
    public async Task A_file_that_others_can_read_earns_a_warning(UnixFileMode more, bool warned)
    {
        Write("state/auth.json", Auth);
        File.SetUnixFileMode(_folder["state/auth.json"], UnixFileMode.UserRead | UnixFileMode.UserWrite | more);
        Assert.Equal(warned, (await FindAsync()).Warnings.Any(warning => warning.Contains("auth.json can be read by others", StringComparison.Ordinal)));
        Assert.Equal(warned, (await Sources().ListAsync(Token)).Warnings.Count > 0);
    }

    [Fact]
    public async Task Passwords_come_from_variables_and_files_that_the_configuration_names()
    {
        Write(
            "state/config.json",
            """
            {"auth_sources":["env","file"],"registries":{
              "auth":{"r.example":{"user":"u","password_env":"R_PASSWORD"},"r.example/team":{"user":"t","password_file":"secrets/team"}},
              "s.example":{"auth":{"user":"s","password_file":"secrets/none"}}}}
            """);
        Write("state/secrets/team", "file:secret\n");
        var unset = await FindAsync("x");
        Assert.Equal(CredentialSources.Anonymous, unset.Source);
        Assert.Contains("$R_PASSWORD", Assert.Single(unset.Warnings), StringComparison.Ordinal);
        _environment["R_PASSWORD"] = "from env";
        Assert.Equal(("env", new RegistryCredential.Basic("u", "from env")), await PairAsync("x"));
        _environment["R_PASSWORD"] = "";
        Assert.Equal(("file", new RegistryCredential.Basic("t", "file:secret")), await PairAsync("team/app"));
        Assert.Equal(
            ErrorCodes.CredentialsUnreadable,
            (await Assert.ThrowsAsync<LoamException>(() => Sources().FindAsync("s.example", "x", Token))).Code);
        Assert.Equal(
            ["$R_PASSWORD", _folder["state/secrets/team"], _folder["state/secrets/none"]],
            (await Sources().ListAsync(Token)).Logins.Select(login => login.Where));
        Write("state/config.json", """{"registries":{"auth":{"r.example":{"user":"u","password_env":"R_PASSWORD"}}}}""");
        _environment["R_PASSWORD"] = "set";
        Assert.Equal(CredentialSources.Anonymous, (await FindAsync()).Source);
    }

    [Fact]
    public async Task Helpers_run_only_where_the_configuration_says_so()
    {
        Helper(
            "mine",
            $"touch {_folder["ran"]}; read server; test \"$server\" = r.example "
            + "&& echo '{\"ServerURL\":\"r.example\",\"Username\":\"h\",\"Secret\":\"p:q\"}'");
        Write("docker/config.json", """{"credsStore":"mine","credHelpers":{"r.example":"mine"},"auths":{"r.example":{}}}""");
        Write("state/auth.json", """{"auths":{},"credHelpers":{"r.example":"mine"},"credsStore":"mine"}""");
        _environment["REGISTRY_AUTH_FILE"] = _folder["docker/config.json"];
        Write("state/config.json", """{"auth_sources":["docker-config"]}""");
        var found = await FindAsync();
        Assert.Equal(CredentialSources.Anonymous, found.Source);
        Assert.Contains(found.Steps, step => step.Why.Contains("names the helper \"mine\"", StringComparison.Ordinal));
        await Sources().ListAsync(Token);
        Assert.False(File.Exists(_folder["ran"]));
        Write("state/config.json", """{"auth_sources":["docker-helpers"]}""");
        Assert.Equal(("docker-helpers", new RegistryCredential.Basic("h", "p:q")), await PairAsync());
        Assert.True(File.Exists(_folder["ran"]));
    }

    [Theory]
    [InlineData("cat >/dev/null; echo '{\"Username\":\"<token>\",\"Secret\":\"t\"}'", "token")]
    [InlineData("cat >/dev/null; echo 'credentials not found in native keychain'; exit 1", "none")]
    [InlineData("echo '{\"Username\":\"u\",\"Secret\":\"p\"}'", "basic")]
    [InlineData("echo broken >&2; exit 1", "failure")]
    [InlineData("exec sleep 1000", "failure")]
    [InlineData("sleep 1000 & exec sleep 1000", "failure")]
    [InlineData("cat >/dev/null; yes", "failure")]
    [InlineData("cat >/dev/null; echo 's3cret is not JSON'", "failure")]
    [InlineData("cat >/dev/null; echo '{\"Secret\":\"s3cret\"}'", "failure")]
    [InlineData(null, "failure")]
    public async Task The_os_store_is_asked_by_its_helper_and_its_failure_is_not_anonymous(string? script, string outcome)
    {
        Write("state/config.json", """{"auth_sources":["os-store"],"os_store":"mine"}""");
        if (script is not null)
        {
            Helper("mine", script);
        }

        if (outcome == "failure")
        {
            var error = await Assert.ThrowsAsync<LoamException>(() => FindAsync());
            Assert.Equal(ErrorCodes.CredentialHelperFailed, error.Code);
            Assert.DoesNotContain("s3cret", error.ToString(), StringComparison.Ordinal);
            return;
        }

        RegistryCredential? wanted = outcome switch
        {
            "token" => new RegistryCredential.IdentityToken("t"),
            "basic" => new RegistryCredential.Basic("u", "p"),
            _ => null,
        };
        Assert.Equal(wanted, (await FindAsync()).Credential);
    }

    [Fact]
    public async Task A_helper_in_a_folder_that_depends_on_where_one_is_does_not_run()
    {
        Helper("mine", "echo '{\"Username\":\"u\",\"Secret\":\"p\"}'");
        var relative = Path.GetRelativePath(Environment.CurrentDirectory, _folder["bin"]);
        Assert.True(File.Exists(Path.Combine(relative, "docker-credential-mine")));
        var failure = await Assert.ThrowsAsync<LoamException>(
            () => new CredentialHelper("mine", $"{relative}:.:", TimeSpan.FromSeconds(20)).GetAsync("r.example", Token));
        Assert.Contains("not installed", failure.Message, StringComparison.Ordinal);
        Assert.NotNull(await new CredentialHelper("mine", $"{relative}:{_folder["bin"]}", TimeSpan.FromSeconds(20)).GetAsync("r.example", Token));
    }

    [Theory]
    [InlineData("../bin/mine")]
    [InlineData("/bin/sh")]
    [InlineData("mine x")]
    public async Task A_helpers_name_is_only_a_name(string name)
    {
        Write("state/config.json", """{"auth_sources":["docker-helpers"]}""");
        Write("docker/config.json", $$"""{"credsStore":"{{name}}"}""");
        Helper("mine", "echo '{\"Username\":\"u\",\"Secret\":\"p\"}'");
        Assert.Equal(ErrorCodes.CredentialHelperFailed, (await Assert.ThrowsAsync<LoamException>(() => FindAsync())).Code);
    }

    private void Write(string name, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[name])!);
        File.WriteAllText(_folder[name], content);
        File.SetUnixFileMode(_folder[name], UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private void Helper(string name, string script)
    {
        Write($"bin/docker-credential-{name}", $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(_folder[$"bin/docker-credential-{name}"], UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    private CredentialSources Sources(RegistryCredential? own = null) =>
        new(LoamConfiguration.Load(_folder["state"], Variable), own, Variable, TimeSpan.FromSeconds(2));

    private string? Variable(string name) => _environment.GetValueOrDefault(name);

    private Task<FoundCredential> FindAsync(string repository = "app") => Sources().FindAsync("r.example", repository, Token);

    private async Task<(string Source, RegistryCredential? Credential)> PairAsync(string repository = "app")
    {
        var found = await FindAsync(repository);
        return (found.Source, found.Credential);
    }
}
