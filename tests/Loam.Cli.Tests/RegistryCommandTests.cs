using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Loam.TestKit;

namespace Loam.Cli.Tests;

/// <summary><c>loam registry</c> against real registries, other tools' files, a keyring, and SIGKILL.</summary>
public sealed class RegistryCommandTests : IDisposable
{
    private const string Secret = "correct:horse battery";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string AuthFile => _folder["state/auth.json"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_login_is_proved_over_tls_and_other_tools_read_it()
    {
        using var authority = new PrivateAuthority();
        await using var registry = await DockerRegistry.StartAsync(("alice", Secret), authority);
        string[] login = ["registry", "login", registry.Host, "-u", "alice", "--password-stdin", "--ca-certs", authority.Authority];

        var wrong = Loam("wrong", ["--mode", "ax", .. login]);
        Assert.Equal((5, ""), (wrong.ExitCode, wrong.Output));
        Assert.Equal("credentials_rejected", (string)JsonNode.Parse(wrong.Error)!["error"]!["code"]!);
        var local = "https://" + registry.Host.Replace("127.0.0.1", "localhost", StringComparison.Ordinal);
        var unknown = Loam(Secret, "registry", "login", local, "-u", "alice", "--password-stdin", "--ca-certs", AnotherAuthority());
        Assert.True(unknown.ExitCode == 6, unknown.All);
        Assert.False(File.Exists(AuthFile));

        var done = Loam(Secret, [.. login, "--json"]);
        Assert.True(done.ExitCode == 0, done.All);
        var printed = JsonNode.Parse(done.Output)!;
        Assert.Equal((registry.Host, "alice", true, AuthFile), (
            (string)printed["registry"]!, (string)printed["username"]!, (bool)printed["verified"]!, (string)printed["path"]!));
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(AuthFile));

        new TestImage().Add(new TarAuthor().File("hello", "world").End()).WriteLayout(_folder["layout"]);
        var environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["REGISTRY_AUTH_FILE"] = AuthFile };
        var copied = Tools.Run(
            "skopeo",
            ["copy", "-q", "--dest-cert-dir", authority.Folder, $"oci:{_folder["layout"]}:t", $"docker://{registry.Host}/team/app:1"],
            input: null,
            environment);
        Assert.True(copied.ExitCode == 0, copied.All);
        var inspected = Tools.Run("skopeo", ["inspect", "--cert-dir", authority.Folder, $"docker://{registry.Host}/team/app:1"], input: null, environment);
        Assert.True(inspected.ExitCode == 0, inspected.All);
        Assert.Contains("sha256:", inspected.Output, StringComparison.Ordinal);

        Assert.Equal(0, Loam("", "registry", "logout", registry.Host).ExitCode);
        Assert.NotEqual(
            0, Tools.Run("skopeo", ["inspect", "--cert-dir", authority.Folder, $"docker://{registry.Host}/team/app:1"], input: null, environment).ExitCode);
        Assert.Equal(3, Loam("", "registry", "logout", registry.Host).ExitCode);
        string AnotherAuthority()
        {
            using var other = new PrivateAuthority();
            File.WriteAllText(_folder["other.crt"], File.ReadAllText(other.Authority));
            return _folder["other.crt"];
        }
    }

    [Fact]
    public async Task A_token_server_is_asked_with_the_credential_and_an_open_registry_proves_nothing()
    {
        await using var registry = InProcessRegistry.Start();
        var right = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("alice:" + Secret));
        registry.Script = call => call switch
        {
            { Path: "/token" } => call.Headers.GetValueOrDefault("Authorization") == right
                ? new Misbehaviour.Answer(200, """{"access_token":"given"}""") : new Misbehaviour.Answer(401),
            _ when call.Headers.GetValueOrDefault("Authorization") == "Bearer given" => new Misbehaviour.Answer(200, "{}"),
            _ => new Misbehaviour.Answer(401, "", ("WWW-Authenticate", $"Bearer realm=\"http://{registry.Host}/token\",service=\"s\"")),
        };
        Assert.Equal(5, Loam("wrong", Login(registry.Host)).ExitCode);
        Assert.False(File.Exists(AuthFile));
        var done = Loam(Secret + "\r\n", Login(registry.Host));
        Assert.True(done.ExitCode == 0, done.All);
        Assert.Contains(registry.Calls, call =>
            call.Query.Contains("service=s", StringComparison.Ordinal) && call.Query.Contains("account=alice", StringComparison.Ordinal));
        Assert.Equal("alice:" + Secret, Stored(registry.Host));

        registry.Script = _ => new Misbehaviour.Answer(403, $$$"""{"errors":[{"code":"DENIED","message":"{{{Secret}}} is too simple"}]}""");
        var told = Loam(Secret, [.. Login(registry.Host), "--verbose"]);
        Assert.Equal(5, told.ExitCode);
        Assert.Contains("is too simple", told.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, told.All, StringComparison.Ordinal);

        registry.Script = _ => new Misbehaviour.Answer(200, "{}");
        var open = Loam(Secret, [.. Login(registry.Host), "--json"]);
        Assert.False((bool)JsonNode.Parse(open.Output)!["verified"]!);
        Assert.Contains("does not require a login", open.Error, StringComparison.Ordinal);

        registry.Script = _ => new Misbehaviour.Answer(401, "", ("WWW-Authenticate", "Bearer realm=\"http://other.example/token\""));
        registry.ForgetCalls();
        Assert.Equal(6, Loam(Secret, Login(registry.Host)).ExitCode);
        Assert.DoesNotContain(registry.Calls, call => call.Headers.ContainsKey("Authorization"));
        registry.ForgetCalls();
        Assert.Equal(0, Loam(Secret, [.. Login(registry.Host), "--no-verify"]).ExitCode);
        Assert.Empty(registry.Calls);
    }

    [Fact]
    public void Lists_follow_their_schema_and_say_where_from_but_no_secret()
    {
        Tools.Require("python3");
        Loam(Secret, [.. Login("own.example/team"), "--no-verify"]);
        File.WriteAllText(
            _folder["other.json"], """{"auths":{"https://index.docker.io/v1/":{"auth":"Ym9iOmhpZGRlbg=="},"t.example":{"identitytoken":"hidden"}}}""");
        File.SetUnixFileMode(_folder["other.json"], OwnerOnly | UnixFileMode.OtherRead);
        var environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["REGISTRY_AUTH_FILE"] = _folder["other.json"] };
        var listed = Loam("", environment, "registry", "list", "--json");
        Assert.Contains("can be read by others", listed.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", listed.All, StringComparison.Ordinal);
        Assert.Equal(
            ["docker.io bob $REGISTRY_AUTH_FILE", "t.example  $REGISTRY_AUTH_FILE", "own.example/team alice auth.json"],
            JsonNode.Parse(listed.Output)!["registries"]!.AsArray().Select(item => $"{item!["registry"]} {item["username"]} {item["source"]}"));
        File.WriteAllText(_folder["list.json"], listed.Output);
        Tools.Check(
            "/usr/bin/python3",
            "-c",
            "import json,sys,jsonschema; jsonschema.validate(json.load(open(sys.argv[1])), json.load(open(sys.argv[2])))",
            _folder["list.json"],
            Path.Combine(Repository.Root, "docs", "schemas", "registry-list.schema.json"));
        Assert.Equal("docker.io\nt.example\nown.example/team\n", Loam("", environment, "registry", "ls", "-q").Output);

        var explained = JsonNode.Parse(Loam("", environment, "registry", "list", "--explain", "own.example/team/app:1", "--json").Output)!;
        Assert.Equal(("auth.json", "alice"), ((string)explained["source"]!, (string)explained["username"]!));
        Assert.Equal(["explicit", "$REGISTRY_AUTH_FILE", "auth.json"], explained["steps"]!.AsArray().Select(step => (string)step!["source"]!));
        Assert.Equal("anonymous\n", Loam("", environment, "registry", "list", "--explain", "own.example/app", "-q").Output);
        Assert.Equal("explicit\n", Loam("me:" + Secret, environment, "registry", "list", "--explain", "own.example/app", "-q", "--creds-stdin").Output);
        Assert.Equal(0, Loam("", "registry", "logout", "--all").ExitCode);
        Assert.Equal("", Loam("", "registry", "ls", "-q").Output);
    }

    [Theory]
    [InlineData("invalid_registry", 2, "registry login word -u a --password-stdin")]
    [InlineData("usage", 2, "registry login a.example --password-stdin")]
    [InlineData("usage", 2, "registry login a.example -u a:b --password-stdin")]
    [InlineData("usage", 2, "registry login a.example -u a secret")]
    [InlineData("usage", 2, "registry logout")]
    [InlineData("usage", 2, "registry logout a.example --all")]
    [InlineData("password_needed", 2, "registry login a.example -u a")]
    [InlineData("not_logged_in", 3, "registry logout a.example")]
    [InlineData("registry_refused", 6, "registry login 127.0.0.1:1 -u a --password-stdin")]
    [InlineData("credentials_invalid", 5, "registry list")]
    [InlineData("credentials_unreadable", 5, "registry list --explain a.example/x")]
    [InlineData("config_invalid", 1, "registry ls")]
    public void Each_failure_has_its_code(string code, int exit, string command)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        Directory.CreateDirectory(_folder["state"]);
        switch (code)
        {
            case "credentials_invalid":
                File.WriteAllText(AuthFile, "{\"auths\":{\n");
                break;
            case "credentials_unreadable":
                environment["REGISTRY_AUTH_FILE"] = _folder["missing"];
                break;
            case "config_invalid":
                File.WriteAllText(_folder["state/config.json"], "{\"auth_sources\":[\"any\"]}");
                break;
        }

        var failed = Loam(Secret, environment, ["--mode", "ax", .. command.Split(' ')]);
        Assert.True(exit == failed.ExitCode, failed.All);
        Assert.Equal(code, (string)JsonNode.Parse(failed.Error)!["error"]!["code"]!);
        Assert.DoesNotContain(Secret, failed.All, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("000")]
    [InlineData("022")]
    [InlineData("277")]
    [InlineData("777")]
    public void The_file_is_the_owners_whatever_the_umask(string umask)
    {
        foreach (var host in (string[])["a.example", "b.example"])
        {
            var done = Tools.Run(
                "sh",
                ["-c", $"umask {umask}; exec {LoamBinary.Path} registry login {host} -u a --password-stdin --no-verify --state-dir {_folder["state"]}"],
                Encoding.UTF8.GetBytes(Secret),
                environment: null);
            Assert.True(done.ExitCode == 0, done.All);
            Assert.Equal(OwnerOnly, File.GetUnixFileMode(AuthFile));
        }

        Assert.Equal("a:" + Secret, Stored("a.example"));
    }

    [Fact]
    public async Task Twenty_logins_at_once_lose_none()
    {
        var done = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(i => Task.Run(() => Loam($"{Secret}{i}", [.. Login($"r{i}.example"), "--no-verify"]), Token)));
        Assert.All(done, result => Assert.True(result.ExitCode == 0, result.All));
        Assert.All(Enumerable.Range(0, 20), i => Assert.Equal($"alice:{Secret}{i}", Stored($"r{i}.example")));
        Assert.Equal(["auth.json"], Directory.EnumerateFileSystemEntries(_folder["state"]).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_kill_leaves_the_file_whole()
    {
        Loam(Secret, [.. Login("kept.example"), "--no-verify"]);
        var watch = Stopwatch.StartNew();
        Loam(Secret, [.. Login("measured.example"), "--no-verify"]);
        var whole = watch.Elapsed * 1.1;
        var random = new Random(17);
        var killed = 0;
        for (var kill = 0; kill < 60; kill++)
        {
            using var process = Start("login", $"k{kill}.example", "-u", "alice", "--password-stdin", "--no-verify");
            await process.StandardInput.WriteAsync(Secret);
            process.StandardInput.Close();

            // Most of the time is spent starting; the writing is at the end.
            await Task.Delay(whole * (0.4 + (0.6 * random.NextDouble())), Token);
            killed += process.HasExited ? 0 : 1;
            process.Kill();
            await process.WaitForExitAsync(Token);
            Assert.Equal("alice:" + Secret, Stored("kept.example"));
            Assert.Equal(OwnerOnly, File.GetUnixFileMode(AuthFile));
            Assert.All(Directory.EnumerateFiles(_folder["state"]), file => Assert.Equal(OwnerOnly, File.GetUnixFileMode(file)));
        }

        Assert.InRange(killed, 1, 60);
        Loam(Secret, [.. Login("last.example"), "--no-verify"]);
        Assert.Equal(["auth.json"], Directory.EnumerateFileSystemEntries(_folder["state"]).Select(Path.GetFileName));
    }

    [Fact]
    public async Task No_process_ever_has_the_secret_in_its_arguments()
    {
        await using var registry = InProcessRegistry.Start();
        registry.Script = call => call.Headers.ContainsKey("Authorization") ? new Misbehaviour.Answer(200, "{}")
            : new Misbehaviour.Answer(401, "", ("WWW-Authenticate", "Basic realm=\"x\""));
        var seen = 0;
        for (var i = 0; i < 3; i++)
        {
            using var process = Start("login", registry.Host, "-u", "alice", "--password-stdin", "--verbose");
            await process.StandardInput.WriteAsync(Secret);
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync(Token);
            var error = process.StandardError.ReadToEndAsync(Token);
            while (!process.HasExited)
            {
                foreach (var running in Directory.EnumerateDirectories("/proc").Where(path => char.IsAsciiDigit(Path.GetFileName(path)[0])))
                {
                    var arguments = ReadAll(Path.Combine(running, "cmdline"));
                    seen += arguments.Contains(registry.Host, StringComparison.Ordinal) ? 1 : 0;
                    Assert.DoesNotContain(Secret, arguments, StringComparison.Ordinal);
                }
            }

            Assert.DoesNotContain(Secret, await output + await error, StringComparison.Ordinal);
            Assert.Equal(0, process.ExitCode);
        }

        Assert.InRange(seen, 1, int.MaxValue);
    }

    [Fact]
    public async Task A_password_is_asked_for_at_a_terminal_and_not_shown()
    {
        Tools.Require("script");
        using var process = Process.Start(new ProcessStartInfo(
            "script", ["-qec", $"{LoamBinary.Path} registry login t.example -u alice --no-verify --state-dir {_folder["state"]}", "/dev/null"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        })!;
        var shown = new StringBuilder();
        var buffer = new char[1000];
        for (var asked = false; ;)
        {
            var read = await process.StandardOutput.ReadAsync(buffer, Token);
            if (read == 0)
            {
                break;
            }

            shown.Append(buffer, 0, read);
            if (!asked && shown.ToString().Contains("Password for alice at t.example: ", StringComparison.Ordinal))
            {
                asked = true;
                await process.StandardInput.WriteAsync(Secret + "\n");
                await process.StandardInput.FlushAsync(Token);
            }
        }

        await process.WaitForExitAsync(Token);
        Assert.True(process.ExitCode == 0, shown.ToString());
        Assert.Contains("Stored the login of alice at t.example", shown.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("horse", shown.ToString(), StringComparison.Ordinal);
        Assert.Equal("alice:" + Secret, Stored("t.example"));
    }

    [Fact]
    public void The_keyring_is_asked_through_its_helper()
    {
        Tools.Require("dbus-run-session", "gnome-keyring-daemon", "docker-credential-secretservice");
        Directory.CreateDirectory(_folder["state"]);
        Directory.CreateDirectory(_folder["run"], OwnerOnly | UnixFileMode.UserExecute);
        File.WriteAllText(_folder["state/config.json"], """{"auth_sources":["os-store"]}""");
        File.WriteAllText(
            _folder["session"],
            $$$"""
            printf unlock | gnome-keyring-daemon --unlock --components=secrets >/dev/null
            printf '{"ServerURL":"k.example","Username":"carol","Secret":"{{{Secret}}}"}' | docker-credential-secretservice store
            printf '{"ServerURL":"https://index.docker.io/v1/","Username":"<token>","Secret":"{{{Secret}}}"}' | docker-credential-secretservice store
            {{{LoamBinary.Path}}} registry list --json --state-dir {{{_folder["state"]}}}
            {{{LoamBinary.Path}}} registry list --explain k.example/app --state-dir {{{_folder["state"]}}}
            {{{LoamBinary.Path}}} registry list --explain alpine --state-dir {{{_folder["state"]}}}
            {{{LoamBinary.Path}}} registry list --explain n.example/app -q --state-dir {{{_folder["state"]}}}
            """);
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["HOME"] = _folder.Path,
            ["XDG_RUNTIME_DIR"] = _folder["run"],
            ["XDG_DATA_HOME"] = _folder["data"],
        };
        var session = Tools.Run("dbus-run-session", ["--", "sh", "-e", _folder["session"]], input: null, environment);
        Assert.True(session.ExitCode == 0, session.All);
        Assert.Contains("\"registry\": \"docker.io\"", session.Output, StringComparison.Ordinal);
        Assert.Contains("\"username\": \"carol\"", session.Output, StringComparison.Ordinal);
        Assert.Contains("k.example/app:latest: os-store\n", session.Output, StringComparison.Ordinal);
        Assert.Contains("docker-credential-secretservice: password of carol", session.Output, StringComparison.Ordinal);
        Assert.Contains("docker-credential-secretservice: identity token", session.Output, StringComparison.Ordinal);
        Assert.EndsWith("\nanonymous\n", session.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, session.All, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("registry --help")]
    [InlineData("registry login --help")]
    [InlineData("registry logout --help")]
    [InlineData("registry list --help")]
    public void Help_shows_examples(string command) =>
        Assert.Contains("Examples:\n  loam registry ", LoamBinary.Check(command.Split(' ')), StringComparison.Ordinal);

    private static string ReadAll(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static string[] Login(string registry) => ["registry", "login", registry, "-u", "alice", "--password-stdin"];

    private string Stored(string registry) =>
        Encoding.UTF8.GetString(Convert.FromBase64String((string)JsonNode.Parse(File.ReadAllText(AuthFile))!["auths"]![registry]!["auth"]!));

    private ToolResult Loam(string input, params string[] arguments) => Loam(input, new Dictionary<string, string>(StringComparer.Ordinal), arguments);

    private ToolResult Loam(string input, Dictionary<string, string> environment, params string[] arguments) =>
        Tools.Run(LoamBinary.Path, [.. arguments, "--state-dir", _folder["state"]], Encoding.UTF8.GetBytes(input), environment);

    private Process Start(params string[] arguments) =>
        Process.Start(new ProcessStartInfo(LoamBinary.Path, ["registry", .. arguments, "--state-dir", _folder["state"]])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
}
