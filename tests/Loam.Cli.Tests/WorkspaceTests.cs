using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Loam.TestKit;

namespace Loam.Cli.Tests;

/// <summary>Workspaces and their machines, in real guests.</summary>
public sealed class WorkspaceTests(GuestImages images) : IClassFixture<GuestImages>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public void Run_gives_back_the_exit_code_and_the_exact_bytes()
    {
        GuestImages.Require();
        var disk = images.Check("pull", "-q", images.Shell).Trim();
        var before = Digest.Sha256(File.ReadAllBytes(disk));
        var (code, output, error) = images.RunRaw([], "run", "-q", images.Shell, "sh", "-c", "touch /changed; cat /noise; cat /noise /noise >&2; exit 7");
        Assert.Equal(7, code);
        Assert.True(output.AsSpan().SequenceEqual(GuestImages.Noise), $"stdout: {output.Length} bytes");
        Assert.True(
            error.AsSpan().SequenceEqual([.. GuestImages.Noise, .. GuestImages.Noise]),
            $"stderr: {error.Length} bytes, {Encoding.UTF8.GetString(error.AsSpan(0, Math.Min(300, error.Length)))}");

        // The image's own disk is untouched, and nothing is left of the machine.
        Assert.Equal(before, Digest.Sha256(File.ReadAllBytes(disk)));
        Assert.DoesNotContain("run-", images.Check("ls", "-q"), StringComparison.Ordinal);
    }

    [Fact]
    public void Run_takes_over_the_image_s_user_folder_environment_and_program()
    {
        GuestImages.Require();
        var output = images.Check("run", "-q", "-e", "EXTRA=more", images.WithUser);
        Assert.Equal("uid=1000(web) gid=1000(web) groups=29(audio),44(video),1000(web)\n/data\nit's \"so\" $HOME\nnew line\n/home/web\nmore\n", output);
    }

    [Fact]
    public async Task Twenty_machines_at_once_do_not_mix_their_bytes()
    {
        GuestImages.Require();
        images.Check("pull", "-q", images.Shell);
        var runs = await Task.WhenAll(Enumerable.Range(1, 20).Select(i => Task.Run(() =>
            images.RunRaw([], "run", "-q", "-m", "160", images.Shell, "sh", "-c", $"echo {i}; cat /noise; echo {i} >&2; exit {i}"))));
        foreach (var (i, run) in runs.Index())
        {
            Assert.True(run.ExitCode == i + 1 && Encoding.ASCII.GetString(run.Error) == $"{i + 1}\n", $"{run.ExitCode}: {Encoding.UTF8.GetString(run.Error)}");
            Assert.True(run.Output.AsSpan().SequenceEqual([.. Encoding.ASCII.GetBytes($"{i + 1}\n"), .. GuestImages.Noise]));
        }
    }

    [Fact]
    public void An_image_without_a_shell_runs_as_a_user_by_number()
    {
        GuestImages.Require();
        var (code, output, error) = images.RunRaw(GuestImages.Noise, "run", "-q", images.Bare);
        Assert.True(code == 0, Encoding.UTF8.GetString(error));
        Assert.True(output.AsSpan().SequenceEqual(GuestImages.Noise), $"{output.Length} bytes came back");
        Assert.Empty(error);
    }

    [Fact]
    public async Task A_workspace_lives_from_create_to_delete()
    {
        GuestImages.Require();
        Tools.Require("e2fsck", "debugfs");
        var made = JsonNode.Parse(images.Check("create", "life", "--image", images.Shell, "--size-mib", "200", "--setup", "echo ready >/setup", "--json"))!;
        Assert.Equal(200L << 20, (long)made["size_bytes"]!);
        Assert.Equal(4, images.Run("create", "life", "--image", images.Shell).ExitCode);
        Assert.Equal(4, images.Run("exec", "life", "true").ExitCode);

        // Of two starts at once, one wins.
        var starts = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(() => images.Run("start", "-d", "life").ExitCode)));
        Assert.Equal([0, 4], starts.Order());
        Assert.Equal("running", (string)images.Status("life")["state"]!);

        Assert.Equal("ready\n", images.Check("exec", "life", "cat", "/setup"));
        images.Check(
            "exec", "life", "--", "sh", "-c",
            "mkdir /new && dd if=/dev/zero of=/new/sparse bs=1 count=1 seek=10000000 2>/dev/null && chown 1000:29 /new && ln /noise /new/linked && rm /tmp -r");
        var user = images.Check("exec", "life", "--user", "web:audio", "id");
        Assert.Equal("uid=1000(web) gid=29(audio)\n", user.Replace(" groups=29(audio),44(video)", "", StringComparison.Ordinal));
        Assert.Equal(127, images.Run("exec", "life", "nothing").ExitCode);
        Assert.Equal(143, images.Run("exec", "life", "--", "sh", "-c", "kill -TERM $$").ExitCode);
        Assert.Equal(2, images.Run("exec", "life", "--user", "nobody", "id").ExitCode);
        foreach (var refused in new[] { "clone life copy", "delete life", "start life" })
        {
            Assert.Equal(4, images.Run(refused.Split(' ')).ExitCode);
        }

        images.Check("pause", "life");
        Assert.Equal("paused", images.Check("status", "-q", "life").Trim());
        Assert.Equal(4, images.Run("exec", "life", "true").ExitCode);
        images.Check("resume", "life");
        images.Check("exec", "life", "true");
        images.Check("halt", "life");
        Assert.Equal("stopped", images.Check("status", "-q", "life").Trim());

        var disk = (string)made["disk"]!;
        var check = Tools.Run("e2fsck", "-fn", disk);
        Assert.True(check.ExitCode == 0, check.All);
        Assert.Contains("User:  1000   Group:    29", Tools.Check("debugfs", "-R", "stat /new", disk), StringComparison.Ordinal);
        Assert.Contains("File not found", Tools.Run("debugfs", "-R", "stat /proc", disk).All, StringComparison.Ordinal);
        images.Check("clone", "life", "copy");
        images.Check("delete", "life");
        Assert.Equal("copy\n", images.Check("ls", "-q"));
        Assert.Equal("ready\n", images.Check("start", "copy", "cat", "/setup"));
        images.Check("delete", "copy");
    }

    [Fact]
    public async Task A_killed_command_leaves_no_machine_and_a_killed_machine_is_seen_as_stopped()
    {
        GuestImages.Require();
        images.Check("create", "victim", "--image", images.Shell);
        using (var command = LoamBinary.Start("--state-dir", images.State, "start", "victim", "--", "sleep", "1000"))
        {
            var machine = await MachineAsync("victim");
            command.Kill();
            await command.WaitForExitAsync(TestContext.Current.CancellationToken);
            await GoneAsync(machine);
            Assert.Equal("stopped", images.Check("status", "-q", "victim").Trim());
        }

        images.Check("start", "-d", "victim");
        using (var machine = await MachineAsync("victim"))
        {
            machine.Kill();
            await GoneAsync(machine);
        }

        Assert.Equal("stopped", images.Check("status", "-q", "victim").Trim());
        images.Check("start", "-d", "victim", "--", "echo", "a detached word");
        images.Check("exec", "victim", "true");
        Assert.Contains("a detached word", images.Check("logs", "victim"), StringComparison.Ordinal);
        images.Check("kill", "victim");
        Assert.Equal("stopped", images.Check("status", "-q", "victim").Trim());
        images.Check("delete", "victim");
    }

    [Fact]
    public void A_terminal_is_one_in_the_guest_too()
    {
        GuestImages.Require();
        Tools.Require("script");
        var command = $"stty cols 91 rows 17; {LoamBinary.Path} --state-dir {images.State} run -q {images.Shell} -- sh -c 'tty; stty size; exit 6'";
        var result = Tools.Run("script", "-qec", command, "/dev/null");
        Assert.Equal(6, result.ExitCode);
        Assert.Equal("/dev/pts/0\r\n17 91\r\n", result.Output);
    }

    [Fact]
    public void Files_are_copied_into_and_out_of_a_stopped_workspace()
    {
        GuestImages.Require();
        Tools.Require("debugfs");
        images.Check("create", "files", "--image", images.Shell);
        var site = Directory.CreateDirectory(images.Folder["a site"]).FullName;
        File.WriteAllBytes(Path.Combine(site, "page"), GuestImages.Noise);
        File.WriteAllText(Path.Combine(site, "it's"), "quoted");
        File.CreateSymbolicLink(Path.Combine(site, "link"), "page");
        images.Check("cp", site, "files:/link");
        Assert.Equal(2, images.Run("cp", site, "files:/no/such/folder").ExitCode);

        images.Check("cp", "files:/link/a site", images.Folder["back"]);
        Assert.True(File.ReadAllBytes(Path.Combine(images.Folder["back"], "page")).AsSpan().SequenceEqual(GuestImages.Noise));
        Assert.Equal("quoted", File.ReadAllText(Path.Combine(images.Folder["back"], "it's")));
        Assert.Equal("page", new FileInfo(Path.Combine(images.Folder["back"], "link")).LinkTarget);
        images.Check("cp", "files:data/a site/it's", images.Folder["back/page"]);
        Assert.Equal("quoted", File.ReadAllText(images.Folder["back/page"]));
        Assert.Equal(1, images.Run("cp", "files:/nothing", images.Folder["back"]).ExitCode);
        var stat = Tools.Check("debugfs", "-R", "stat \"/data/a site/page\"", Path.Combine(images.State, "workspaces", "files", "disk.ext4"));
        Assert.Contains("User:     0   Group:     0", stat, StringComparison.Ordinal);
        images.Check("delete", "files");
    }

    [Fact]
    public void A_built_disk_is_booted_where_that_is_asked_for()
    {
        GuestImages.Require();
        images.Check("rootfs", "build", "--image", images.Bare, "--allow-mutable", "--run-check", "--out", images.Folder["built.ext4"], "-q");
        var text = images.Folder["kernel"];
        File.WriteAllText(text, "no kernel");
        images.Check("create", "broken", "--rootfs", images.Folder["built.ext4"], "--kernel", text);
        Assert.Contains("is not a kernel", images.Run("start", "broken").Error, StringComparison.Ordinal);
        images.Check("delete", "broken");
    }

    [Fact]
    public void Doctor_says_what_to_do()
    {
        var report = images.Run("doctor", "--json", "--registry", "127.0.0.1:1");
        var checks = JsonNode.Parse(report.Output)!["checks"]!.AsArray();
        Assert.Equal(0, report.ExitCode);
        Assert.Equal(
            ["store", "runtime", "holes", "reflink", "qemu", "kernel", "busybox", "kvm", "setpriv", "settings", "credentials", "registry"],
            checks.Select(check => (string)check!["name"]!));
        Assert.All(checks, check => Assert.True((string)check!["result"]! == "ok" || (string?)check["fix"] is { Length: > 0 }, check!.ToJsonString()));
        Assert.Equal("failed", (string)checks[^1]!["result"]!);
    }

    private async Task<Process> MachineAsync(string workspace)
    {
        var file = Path.Combine(images.State, "workspaces", workspace, "run.json");
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < Patience; await Task.Delay(20, TestContext.Current.CancellationToken))
        {
            if (File.Exists(file))
            {
                return Process.GetProcessById((int)JsonNode.Parse(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken))!["pid"]!);
            }
        }

        throw new TimeoutException("the machine did not start");
    }

    private static async Task GoneAsync(Process machine)
    {
        using var limit = new CancellationTokenSource(Patience);
        await machine.WaitForExitAsync(limit.Token);
    }
}
