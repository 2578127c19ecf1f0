using System.Text.Json.Nodes;
using Loam.TestKit;

namespace Loam.Samples.Tests;

/// <summary>Each sample does what it says, judged by e2fsck, debugfs, skopeo and a kernel.</summary>
public sealed class SampleTests(Workshop workshop)
{
    [Fact]
    public async Task An_image_is_pulled_with_a_line_for_each_step_of_each_layer()
    {
        await using var registry = InProcessRegistry.Start();
        new TestImage()
            .Add(new TarAuthor().Directory("etc").File("etc/motd", "old\n").File("noise", TestImage.Noise(300_000, 1)).End())
            .Add(new TarAuthor().File("etc/motd", "welcome\n").End())
            .Push(registry, "team/app", "1");
        var image = $"{registry.Host}/team/app:1";
        var pulled = PullWithProgress(image);
        Assert.Equal("welcome\n", FileOn(Assert.Single(pulled.Output.TrimEnd().Split('\n')), "/etc/motd"));
        var lines = pulled.Error.Split('\n');
        Assert.StartsWith("2 layers, ", lines[0], StringComparison.Ordinal);
        string[] steps =
        [
            "layer 1 of 2: fetched 100 %", "layer 2 of 2: fetched 100 %", "layer 1 of 2: applied 100 %", "layer 2 of 2: applied 100 %",
            "disk: hashed 100 %",
        ];
        Assert.All(steps, step => Assert.Contains(step, lines));

        registry.ForgetCalls();
        Assert.Equal(pulled.Output, PullWithProgress(image).Output);
        Assert.DoesNotContain(registry.Calls, call => call.IsBlob);

        var failed = workshop.Run(workshop.ProgramOf("PullWithProgress"), $"{registry.Host}/team/none:1");
        Assert.Equal((1, ""), (failed.ExitCode, failed.Output));
        Assert.StartsWith("manifest_unknown: ", failed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_becomes_a_disk_that_is_read_back()
    {
        var folder = MakeFolder("source");
        var listing = workshop.Check(workshop.ProgramOf("FolderToDisk"), folder, workshop["folder.ext4"]).Split('\n');
        Assert.Equal("greetings\n", FileOn(workshop["folder.ext4"], "/etc/hello"));
        Assert.StartsWith(workshop["folder.ext4"] + ": ", listing[0], StringComparison.Ordinal);
        var digest = Tools.Check("sha256sum", Path.Combine(folder, "etc", "hello")).Split(' ')[0];
        Assert.Equal(
            [" 755 0:0 /etc folder", $" 640 0:0 /etc/hello 10 bytes, sha256:{digest}", " 777 0:0 /link -> etc/hello", " 755 0:0 /tmp folder"],
            listing[1..^1]);

        var again = workshop.Run(workshop.ProgramOf("FolderToDisk"), folder, workshop["folder.ext4"]);
        Assert.Equal((1, "", $"{workshop["folder.ext4"]} already exists\n"), (again.ExitCode, again.Output, again.Error));
    }

    [Fact]
    public async Task A_folder_becomes_an_image_in_a_registry()
    {
        await using var registry = await DockerRegistry.StartAsync();
        var image = $"{registry.Host}/team/made:1";
        var printed = workshop.Check(workshop.ProgramOf("CommitAndPush"), MakeFolder("committed"), image);
        var inspected = JsonNode.Parse(Tools.Check("skopeo", "inspect", "--tls-verify=false", $"docker://{image}"))!;
        Assert.StartsWith($"{image}@{inspected["Digest"]}: 2 blobs, ", printed, StringComparison.Ordinal);
        Assert.Equal("CommitAndPush", inspected["Labels"]!["org.example.sample"]!.GetValue<string>());
        Assert.Single(inspected["Layers"]!.AsArray());
        Tools.Check("skopeo", "copy", "-q", "--src-tls-verify=false", $"docker://{image}", $"dir:{workshop["copied"]}");
        var layer = Path.Combine(workshop["copied"], inspected["Layers"]![0]!.GetValue<string>()["sha256:".Length..]);
        Assert.Equal("greetings\n", Tools.Check("tar", "-xzOf", layer, "etc/hello"));
    }

    [Fact]
    public async Task Tests_run_in_a_machine_that_is_gone_afterwards()
    {
        Tools.RequireMachine();
        await using var registry = InProcessRegistry.Start();
        var busybox = await File.ReadAllBytesAsync(Tools.Find("busybox")!, TestContext.Current.CancellationToken);
        new TestImage().Add(new TarAuthor().Busybox(busybox).End()).Push(registry, "shell", "1");
        var result = workshop.Run(workshop.ProgramOf("BootFixture"), [], new(StringComparer.Ordinal) { ["BOOT_IMAGE"] = $"{registry.Host}/shell:1" });
        Assert.Contains("Total: 3, Errors: 0, Failed: 0, Skipped: 0, Not Run: 0", Workshop.Succeed(result), StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateDirectories(Path.Combine(workshop["state"], "workspaces")));
    }

    [Fact]
    public async Task A_service_pulls_the_images_of_its_configuration()
    {
        await using var registry = InProcessRegistry.Start();
        var layers = new[] { new TarAuthor().File("one", "1\n").End(), new TarAuthor().File("two", TestImage.Noise(200_000, 2)).End() };
        new TestImage().Add(layers[0]).Push(registry, "one", "1");
        new TestImage().Add(layers[0]).Add(layers[1]).Push(registry, "two", "1");
        string[] arguments = [$"--Images:0={registry.Host}/one:1", $"--Images:1={registry.Host}/two:1", $"--Loam:StateDir={workshop["hosted"]}"];
        var printed = workshop.Check(workshop.ProgramOf("HostedPuller"), arguments);
        var disks = Directory.EnumerateFiles(workshop["hosted"], "*.ext4", SearchOption.AllDirectories).ToList();
        Assert.Equal(2, disks.Count);
        Assert.All(disks, disk => Assert.Equal("1\n", FileOn(disk, "/one")));
        Assert.All(disks, disk => Assert.Contains($":1 has its disk at {disk}\n", printed, StringComparison.Ordinal));
        Assert.Contains("info: Loam.", printed, StringComparison.Ordinal);
        var sent = registry.Calls.Where(call => call.IsBlob && call.Method == "GET").Sum(call => call.BytesSent);
        Assert.Equal($"{sent} bytes fetched, 2 disks built", printed.TrimEnd().Split('\n')[^1]);

        var failed = workshop.Run(workshop.ProgramOf("HostedPuller"), $"--Images:0={registry.Host}/none:1", arguments[1], arguments[2]);
        Assert.Equal(1, failed.ExitCode);
        Assert.Contains($"{registry.Host}/none:1: manifest_unknown: ", failed.Output, StringComparison.Ordinal);
        Assert.Equal("0 bytes fetched, 0 disks built", failed.Output.TrimEnd().Split('\n')[^1]);
    }

    private ToolResult PullWithProgress(string image)
    {
        var result = workshop.Run(workshop.ProgramOf("PullWithProgress"), image);
        Workshop.Succeed(result);
        return result;
    }

    /// <summary>A file of a disk that e2fsck finds nothing wrong with.</summary>
    private static string FileOn(string disk, string path)
    {
        Tools.Require("e2fsck", "debugfs");
        Tools.Check("e2fsck", "-fn", disk);
        return Tools.Check("debugfs", "-R", $"cat {path}", disk);
    }

    private string MakeFolder(string name)
    {
        var folder = workshop[name];
        Directory.CreateDirectory(Path.Combine(folder, "etc"));
        Directory.CreateDirectory(Path.Combine(folder, "tmp"));
        File.WriteAllText(Path.Combine(folder, "etc", "hello"), "greetings\n");
        File.SetUnixFileMode(Path.Combine(folder, "etc", "hello"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        File.WriteAllText(Path.Combine(folder, "tmp", "scratch"), "left out\n");
        File.CreateSymbolicLink(Path.Combine(folder, "link"), "etc/hello");
        return folder;
    }
}
