using System.Diagnostics;
using System.Text;
using Loam.TestKit;

namespace Loam.Cli.Tests;

/// <summary>Secrets show up nowhere but where they are due, whatever is done and however it ends.</summary>
public sealed class SecretTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Login_push_pull_and_what_goes_wrong_leave_no_secret_anywhere()
    {
        await using var tokens = new TokenAuthority();
        await using var registry = await DockerRegistry.StartAsync(new DockerRegistrySettings { Tokens = tokens });
        await using var gate = InProcessRegistry.Start();
        await using var origin = InProcessRegistry.Start();
        gate.Script = _ => new Misbehaviour.Forward(registry.Host);
        new TestImage().Add(new TarAuthor().File("a", TestImage.Noise(5_000_000, 1)).End(), LayerForm.Tar).Push(origin, "app", "1");
        var app = $"{gate.Host}/team/app:1";
        var wrong = $"wrong-{Guid.NewGuid():N}";
        Traffic.Keep(wrong, tokens.Host);

        var all = new StringBuilder();
        var seen = 0;
        async Task<int> RunAsync(string input, params string[] arguments)
        {
            using var process = Process.Start(new ProcessStartInfo(LoamBinary.Path, [.. arguments, "--verbose", "--state-dir", _folder["state"]])
            {
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
            var (output, error) = (process.StandardOutput.ReadToEndAsync(Token), process.StandardError.ReadToEndAsync(Token));
            while (!process.HasExited)
            {
                foreach (var running in Directory.EnumerateDirectories("/proc").Where(path => char.IsAsciiDigit(Path.GetFileName(path)[0])))
                {
                    var line = Read(Path.Combine(running, "cmdline"));
                    seen += line.Contains(_folder["state"], StringComparison.Ordinal) ? 1 : 0;
                    Assert.DoesNotContain(tokens.Password, line, StringComparison.Ordinal);
                }

                await Task.Delay(10, Token);
            }

            all.AppendLine(await output).AppendLine(await error);
            return process.ExitCode;
        }

        string[] login = ["registry", "login", gate.Host, "-u", TokenAuthority.User, "--password-stdin"];
        Assert.Equal(5, await RunAsync(wrong, login));
        Assert.Equal(5, await RunAsync(wrong, ["--mode", "ax", .. login]));
        Assert.Equal(0, await RunAsync(tokens.Password, login));
        Assert.Equal(0, await RunAsync("", "pull", $"{origin.Host}/app:1"));
        Assert.Equal(0, await RunAsync("", "push", $"{origin.Host}/app:1", app));
        Assert.Equal(0, await RunAsync($"{TokenAuthority.User}:{tokens.Password}", "tags", $"{gate.Host}/team/app", "--creds-stdin"));
        Assert.Equal(0, await RunAsync("", "pull", app, "--force"));
        Assert.Equal(5, await RunAsync($"{TokenAuthority.User}:{wrong}", "pull", app, "--force", "--creds-stdin"));
        Assert.Equal(0, await RunAsync("", "registry", "list", "--explain", app));

        // Registries that repeat what they are shown, and tell it to other places.
        gate.Script = call => call.Authorization is null ? new Misbehaviour.Forward(registry.Host)
            : new Misbehaviour.Answer(403, $$"""{"errors":[{"code":"DENIED","message":"{{call.Authorization}}"}]}""");
        Assert.Equal(5, await RunAsync("", "pull", app, "--force"));
        Assert.Equal(5, await RunAsync("", "--mode", "ax", "push", $"{origin.Host}/app:1", app));
        gate.Script = call => call.IsManifest && call.Authorization is not null
            ? new Misbehaviour.Answer(307, "", ("Location", $"http://user:{wrong}@{origin.Host}/v2/app/manifests/1?token={wrong}"))
            : new Misbehaviour.Forward(registry.Host);
        Traffic.Keep(wrong, origin.Host);
        Assert.Equal(0, await RunAsync("", "pull", app, "--force"));

        var secrets = new List<string> { tokens.Password, wrong };
        secrets.AddRange(gate.Calls.Concat(tokens.Calls).Select(call => call.Authorization?.Split(' ')[1]).OfType<string>().Distinct());
        Assert.InRange(secrets.Count, 5, int.MaxValue);
        Assert.InRange(seen, 1, int.MaxValue);
        var files = Directory.EnumerateFiles(_folder["state"], "*", SearchOption.AllDirectories)
            .Where(path => Path.GetFileName(path) is not ("auth.json" or "rootfs.ext4") && new FileInfo(path).Length < 1 << 20).ToList();
        Assert.InRange(files.Count, 3, int.MaxValue);
        foreach (var form in secrets.SelectMany(Traffic.Forms))
        {
            Assert.DoesNotContain(form, all.ToString(), StringComparison.Ordinal);
            Assert.All(files, file => Assert.DoesNotContain(form, File.ReadAllText(file), StringComparison.Ordinal));
        }

        // The log is there, and would have told.
        Assert.Contains($"GET http://{gate.Host}/v2/team/app/manifests/1 from byte 0: 401", all.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Credentials_that_other_tools_store_are_read_as_they_write_them()
    {
        Tools.Require("skopeo", "podman", "buildah");
        await using var registry = await DockerRegistry.StartAsync(("carol", "pa:ss wörd"), authority: null);
        new TestImage().Add(new TarAuthor().File("a", "b").End()).WriteLayout(_folder["layout"]);
        foreach (var tool in (string[])["skopeo", "podman", "buildah"])
        {
            var file = _folder[$"{tool}.json"];
            var stored = Tools.Run(
                tool,
                ["login", "--tls-verify=false", "--authfile", file, "-u", "carol", "--password-stdin", registry.Host],
                Encoding.UTF8.GetBytes("pa:ss wörd"),
                environment: null);
            Assert.True(stored.ExitCode == 0, stored.All);
            var environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["REGISTRY_AUTH_FILE"] = file };
            var copied = Tools.Run(
                "skopeo",
                ["copy", "-q", "--dest-tls-verify=false", $"oci:{_folder["layout"]}:t", $"docker://{registry.Host}/{tool}:1"],
                input: null,
                environment);
            Assert.True(copied.ExitCode == 0, copied.All);
            var tags = Tools.Run(LoamBinary.Path, ["tags", $"{registry.Host}/{tool}", "-q", "--state-dir", _folder["state"]], input: null, environment);
            Assert.Equal((0, "1\n", ""), (tags.ExitCode, tags.Output, tags.Error));
            environment["REGISTRY_AUTH_FILE"] = _folder["none.json"];
            await File.WriteAllTextAsync(_folder["none.json"], "{}", Token);
            Assert.Equal(
                5, Tools.Run(LoamBinary.Path, ["tags", $"{registry.Host}/{tool}", "-q", "--state-dir", _folder["state"]], input: null, environment).ExitCode);
        }
    }

    private static string Read(string path)
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
}
