using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Loam.TestKit;

namespace Loam.Cli.Tests;

/// <summary>
/// Runs commands on one state folder from several processes at once and kills them at random moments. After each kill the
/// program's own check must find every visible name whole.
/// </summary>
internal sealed class CrashDriver : IAsyncDisposable
{
    private const int Processes = 8;
    private const int Apps = 4;

    private readonly InProcessRegistry _registry = InProcessRegistry.Start();
    private readonly TemporaryFolder _folder = new();
    private readonly ConcurrentDictionary<string, int> _killed = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _kept = new(StringComparer.Ordinal);
    private int _kills;

    /// <summary>The images overlap: all have one layer in common, neighbours another.</summary>
    public CrashDriver()
    {
        Images = [.. Enumerable.Range(0, Apps).Select(app => new TestImage()
            .Add(RepeatableTests.Layer(1000, 400_000))
            .Add(RepeatableTests.Layer(2000 + app / 2, 300_000))
            .Add(RepeatableTests.Layer(app, 200_000), LayerForm.Tar))];
        for (var app = 0; app < Apps; app++)
        {
            Images[app].Push(_registry, $"app{app}", "1");
            Images[app].WriteLayout(Archive(app));
        }

        // The one that is never removed shares layers with those that are.
        Keeper = new TestImage().Add(RepeatableTests.Layer(1000, 400_000)).Add(RepeatableTests.Layer(2000, 300_000));
        Keeper.Push(_registry, "keeper", "1");
    }

    private IReadOnlyList<TestImage> Images { get; }

    private TestImage Keeper { get; }

    /// <summary>An OCI layout folder with one of the images.</summary>
    private string Archive(int app) => _folder[$"archive{app}"];

    private string State => _folder["state"];

    private string KeeperName => $"{_registry.Host}/keeper:1";

    /// <summary>What the processes do. A further command needs one line here: its name, its arguments, and the exit codes
    /// with which it may end unharmed.</summary>
    private IReadOnlyList<Move> Moves =>
    [
        new("pull", random => ["pull", "-q", App(random)], [0]),
        new("pull --force", random => ["pull", "-q", "--force", App(random)], [0]),
        new("tag", random => ["image", "tag", KeeperName, Kept(random)], [0]),
        new("tag app", random => ["image", "tag", App(random), $"local/app:{random.Next(4)}"], [0, 3]),
        new("rm", random => ["rmi", random.Next(3) == 0 ? $"local/app:{random.Next(4)}" : App(random)], [0, 3]),
        new("delete", random => ["image", "delete", App(random)], [0, 3]),
        new("prune", _ => ["image", "prune"], [0]),
        new("prune --delete", _ => ["image", "prune", "--delete", "--yes"], [0]),
        new("check", _ => ["store", "check"], [0]),
        new("load", random => ["load", "-q", "-i", Archive(random.Next(Apps)), "-t", $"local/app:{random.Next(4)}"], [0]),
        new(
            "save",
            random => ["save", "-q", "--format", random.Next(2) == 0 ? "oci" : "docker", App(random), "-o", _folder[$"saved{random.Next(4)}.tar"]],
            [0, 3]),
        new("list", _ => ["image", "list", "--json"], [0]),
    ];

    /// <summary>Runs until so many processes were killed, then asserts that the store is as if none had been.</summary>
    public async Task RunAsync(int kills, int seed)
    {
        LoamBinary.Check("pull", "-q", KeeperName, "--state-dir", State);
        var disk = Digest.Sha256(await File.ReadAllBytesAsync(DiskOf(Keeper)));
        var whole = Measure();
        await Task.WhenAll(Enumerable.Range(0, Processes).Select(number => Task.Run(() => WorkAsync(kills, new Random(seed + number), whole))));

        // One prune takes all that the killed left behind.
        Check("image", "prune", "--delete", "--yes");
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(State, "images", "ingest")));
        Assert.Contains("freed 0 B", Check("image", "prune", "--delete", "--yes"), StringComparison.Ordinal);
        Check("store", "check");

        // What nobody removed is still there, bit for bit.
        Assert.Equal(disk, Digest.Sha256(await File.ReadAllBytesAsync(DiskOf(Keeper))));
        var names = Check("images", "-q").Split('\n');
        Assert.Contains(KeeperName, names);
        foreach (var name in _kept.Keys)
        {
            Assert.Contains(name, names);
        }

        foreach (var app in Enumerable.Range(0, Apps))
        {
            Check("pull", "-q", $"{_registry.Host}/app{app}:1");
        }

        Check("store", "check");
        TestContext.Current.SendDiagnosticMessage(
            "{0}", string.Join(", ", _killed.OrderBy(move => move.Key, StringComparer.Ordinal).Select(
                move => string.Create(CultureInfo.InvariantCulture, $"{move.Key}: {move.Value}"))));
    }

    public async ValueTask DisposeAsync()
    {
        await _registry.DisposeAsync();
        _folder.Dispose();
    }

    private async Task WorkAsync(int kills, Random random, TimeSpan whole)
    {
        while (Volatile.Read(ref _kills) < kills)
        {
            var move = Moves[random.Next(Moves.Count)];
            var arguments = move.Arguments(random);
            using var process = Start(arguments);
            var output = process.StandardOutput.ReadToEndAsync();
            var error = process.StandardError.ReadToEndAsync();
            if (random.Next(3) > 0)
            {
                await Task.WhenAny(process.WaitForExitAsync(), Task.Delay(whole * random.NextDouble()));
                process.Kill();
            }

            await process.WaitForExitAsync();
            if (process.ExitCode == 128 + 9)
            {
                Interlocked.Increment(ref _kills);
                _killed.AddOrUpdate(move.Name, 1, (_, before) => before + 1);
                var check = LoamBinary.Run("store", "check", "--state-dir", State);
                Assert.True(check.ExitCode == 0, $"after {move.Name} was killed: {check.All}");
            }
            else
            {
                Assert.True(move.Ends.Contains(process.ExitCode), $"{string.Join(' ', arguments)} ended with {process.ExitCode}: {await output}{await error}");
                if (move.Name == "tag")
                {
                    _kept[arguments[^1]] = true;
                }
            }
        }
    }

    private Process Start(string[] arguments) => Process.Start(new ProcessStartInfo(LoamBinary.Path, [.. arguments, "--state-dir", State])
    {
        UseShellExecute = false,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

    private TimeSpan Measure()
    {
        var watch = Stopwatch.StartNew();
        LoamBinary.Check("pull", "-q", "--force", $"{_registry.Host}/app0:1", "--state-dir", State);
        return watch.Elapsed * 2;
    }

    private string Check(params string[] arguments) => LoamBinary.Check([.. arguments, "--state-dir", State]);

    private string App(Random random) => $"{_registry.Host}/app{random.Next(Apps)}:1";

    private static string Kept(Random random) => $"docker.io/local/kept:{random.Next(20)}";

    private string DiskOf(TestImage image) => Path.Combine(State, "images", $"sha256-{Digest.Sha256(image.Manifest).Hex}", "rootfs.ext4");

    private sealed record Move(string Name, Func<Random, string[]> Arguments, int[] Ends);
}
