using System.Diagnostics;
using System.Text.Json.Nodes;
using Loam.TestKit;

namespace Loam.Cli.Tests;

/// <summary>How <c>load</c> and <c>save</c> behave as commands.</summary>
public sealed class ArchiveCommandTests
{
    private const string Name = "example.org/app:1";

    public static TheoryData<string, int, string> Failures => new()
    {
        { "usage", 2, "save" },
        { "usage", 2, "save x --format tar" },
        { "usage", 2, "save x --compress xz" },
        { "usage", 2, "load one two" },
        { "invalid_platform", 2, "load -i {archive} --platform x" },
        { "invalid_reference", 2, "load -i {archive} -t UPPER" },
        { "image_not_found", 3, "save UPPER -o {folder}/x" },
        { "image_not_found", 3, "save nothing -o {folder}/x" },
        { "platform_not_found", 3, "load -i {archive} --platform linux/mips" },
        { "io", 1, "load -i /nonexistent" },
        { "io", 1, "save example.org/app:1 -o /nonexistent/x" },
        { "archive_unknown", 1, "load" },
        { "archive_damaged", 7, "load -i {self}" },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public void Failures_are_typed_and_leave_no_file(string code, int exit, string command)
    {
        using var folder = new TemporaryFolder();
        ArchiveRoundTripTests.Load(folder, ArchiveRoundTripTests.Author());
        var before = Directory.GetFiles(folder.Path);
        var result = LoamBinary.Run(["--mode", "ax", .. command
            .Replace("{archive}", folder["source.tar"], StringComparison.Ordinal).Replace("{folder}", folder.Path, StringComparison.Ordinal)
            .Replace("{self}", "/proc/self/exe", StringComparison.Ordinal).Split(' '), "--state-dir", folder["state"]]);
        Assert.True(exit == result.ExitCode, result.All);
        Assert.Equal(code, (string)JsonNode.Parse(result.Error)!["error"]!["code"]!);
        Assert.Equal(before, Directory.GetFiles(folder.Path));
    }

    [Theory]
    [InlineData("save {app}")]
    [InlineData("rootfs export {disk}")]
    [InlineData("rootfs cat {disk} opt/big")]
    public async Task A_reader_that_ends_early_is_an_error(string command)
    {
        await using var store = new StoreFixture();
        var app = new TestImage().Add(new TarAuthor().Directory("opt").File("opt/big", TestImage.Noise(500_000, 3)).End()).Push(store.Registry, "big", "1");
        store.Pull($"{store.Registry.Host}/big:1");
        var words = command.Replace("{app}", $"{store.Registry.Host}/big:1", StringComparison.Ordinal)
            .Replace("{disk}", Path.Combine(store.Images, $"sha256-{app.Hex}", "rootfs.ext4"), StringComparison.Ordinal);
        var result = Tools.Run("bash", "-c", $"'{LoamBinary.Path}' {words} -q --state-dir '{store.State}' | head -c 1 >/dev/null; exit ${{PIPESTATUS[0]}}");
        Assert.Equal((1, "loam: stdout: Broken pipe. The program that was reading the output has ended.\n"), (result.ExitCode, result.Error));
    }

    [Fact]
    public void The_reference_pages_commands_work()
    {
        Tools.Require("skopeo");
        using var folder = new TemporaryFolder();
        ArchiveRoundTripTests.Load(folder, ArchiveRoundTripTests.Author());
        var script = $"""
            set -e
            cd '{folder.Path}'
            loam() ( exec '{LoamBinary.Path}' "$@" )
            export LOAM_HOME='{folder["pages"]}'
            loam load < source.tar
            loam load --input source.tar
            loam load --input source.tar --tag my-image:latest
            loam save --output my-image.tar my-image:latest
            loam save --format oci --output my-image.oci.tar my-image:latest
            loam save my-image:latest > my-image2.tar
            loam image save -q my-image:latest | loam image load -q > nothing
            loam image load --platform all --no-disk -i my-image.oci.tar --json > list.json
            cmp my-image.tar my-image2.tar
            mkfifo fifo
            cmp my-image.tar fifo & comparing=$!
            loam save -o fifo my-image:latest
            wait $comparing
            test -p fifo
            test ! -s nothing
            """;
        Tools.Check("bash", "-c", script);
        Assert.Equal("docker.io/library/my-image:latest", (string)JsonNode.Parse(File.ReadAllText(folder["list.json"]))!["images"]![0]!["image_ref"]!);
        var saved = JsonNode.Parse(LoamBinary.Check("--output", "json", "save", "-o", folder["x.tar"], Name, "--state-dir", folder["state"]))!;
        Assert.Equal((folder["x.tar"], new FileInfo(folder["x.tar"]).Length), ((string)saved["output_path"]!, (long)saved["size_bytes"]!));
    }

    [Theory]
    [InlineData("save example.org/app:1")]
    [InlineData("load")]
    public void A_terminal_is_no_place_for_an_archive(string command)
    {
        Tools.Require("script");
        using var folder = new TemporaryFolder();
        ArchiveRoundTripTests.Load(folder, ArchiveRoundTripTests.Author());
        var result = Tools.Run("script", "-qec", $"{LoamBinary.Path} {command} --state-dir {folder["state"]}", "/dev/null");
        Assert.True(result.ExitCode == 2, result.All);
        Assert.Contains("is a terminal", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_reader_that_goes_away_is_a_failure()
    {
        using var folder = new TemporaryFolder();
        ArchiveRoundTripTests.Load(folder, new TestImage().Add(RepeatableTests.Layer(1, 3_000_000)));
        var result = Tools.Run(
            "bash", "-c", $"'{LoamBinary.Path}' save {Name} --state-dir '{folder["state"]}' | head -c 10 > /dev/null; echo ${{PIPESTATUS[0]}}");
        Assert.Equal("1", result.Output.Trim());
    }

    [Fact]
    public async Task Interrupted_saves_and_loads_leave_nothing()
    {
        using var folder = new TemporaryFolder();

        // So large that writing it takes longer than starting `kill`, on a busy machine too.
        ArchiveRoundTripTests.Load(folder, new TestImage().Add(RepeatableTests.Layer(1, 160_000_000), LayerForm.Tar));
        Directory.CreateDirectory(folder["out"]);
        var interrupted = 0;
        for (var run = 0; run < 12; run++)
        {
            using var process = LoamBinary.Start("save", Name, "-o", folder["out/a.tar"], "--compress", "gzip", "--state-dir", folder["state"]);
            for (var tries = 0; !Directory.EnumerateFiles(folder["out"], "*.tmp").Any() && !process.HasExited && tries < 1000; tries++)
            {
                await Task.Delay(5, TestContext.Current.CancellationToken);
            }

            await Task.Delay(run * 20, TestContext.Current.CancellationToken);
            Tools.Run("kill", "-INT", $"{process.Id}");
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.True(process.ExitCode is 0 or 130, $"exit code {process.ExitCode}");
            interrupted += process.ExitCode == 130 ? 1 : 0;
            Assert.Equal(process.ExitCode == 0 ? ["a.tar"] : [], Directory.EnumerateFiles(folder["out"]).Select(Path.GetFileName));
            File.Delete(folder["out/a.tar"]);
        }

        Assert.InRange(interrupted, 1, 12);

        using var loading = Process.Start(new ProcessStartInfo(LoamBinary.Path, ["load", "--state-dir", folder["state"]])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardError = true,
        })!;
        await loading.StandardInput.BaseStream.WriteAsync(
            (await File.ReadAllBytesAsync(folder["source.tar"], TestContext.Current.CancellationToken)).AsMemory(0, 1_000_000),
            TestContext.Current.CancellationToken);
        var ingest = Path.Combine(folder["state"], "images", "ingest");
        for (var tries = 0; !Directory.EnumerateDirectories(ingest, "load-*.dir").Any(); tries++)
        {
            Assert.True(tries < 400, "the load did not begin");
            await Task.Delay(25, TestContext.Current.CancellationToken);
        }

        Tools.Run("kill", "-INT", $"{loading.Id}");
        await loading.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(130, loading.ExitCode);
        Assert.Empty(Directory.EnumerateFileSystemEntries(ingest));
    }

    [Fact]
    public async Task Killed_loads_leave_only_whole_things_and_the_next_sweeps()
    {
        using var folder = new TemporaryFolder();
        var archive = TestArchives.Docker("app:1", RepeatableTests.Layer(1, 6_000_000), RepeatableTests.Layer(2, 3_000_000));
        await File.WriteAllBytesAsync(folder["a.tar"], archive, TestContext.Current.CancellationToken);
        var watch = Stopwatch.StartNew();
        LoamBinary.Check("load", "-q", "-i", folder["a.tar"], "--state-dir", folder["measure"]);
        var whole = watch.Elapsed * 1.1;
        var random = new Random(3);
        for (int kill = 0, tries = 0; kill < 40; tries++)
        {
            Assert.True(tries < 150, $"only {kill} of {tries} loads were still running when they were killed");
            using var process = LoamBinary.Start("load", "-q", "-i", folder["a.tar"], "--state-dir", folder["state"]);
            await Task.Delay(random.NextDouble() * whole, TestContext.Current.CancellationToken);
            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            KillTests.AssertWhole(folder["state"], kill);
            if (process.ExitCode == KillTests.KilledCode)
            {
                kill++;
            }
            else
            {
                whole *= 0.95;
            }

            if (tries % 8 == 7 && Directory.Exists(folder["state"]))
            {
                Directory.Delete(folder["state"], recursive: true);
            }
        }

        LoamBinary.Check("load", "-q", "-i", folder["a.tar"], "--state-dir", folder["state"]);
        KillTests.AssertWhole(folder["state"], 40);
        Assert.DoesNotContain(
            Directory.EnumerateFileSystemEntries(Path.Combine(folder["state"], "images", "ingest")),
            path => path.Contains("load-", StringComparison.Ordinal) || path.EndsWith(".dir", StringComparison.Ordinal));
    }
}
