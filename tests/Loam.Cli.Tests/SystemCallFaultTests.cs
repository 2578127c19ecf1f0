using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Loam.TestKit;

namespace Loam.Cli.Tests;

/// <summary>
/// Each system call by which a command changes the disk fails once, or is where the program is killed: strace injects it
/// into the real program. What is visible stays whole, the error is a typed one, and the same command then ends well.
/// </summary>
public sealed class SystemCallFaultTests
{
    private const string Well = "ended well";
    private const string Killed = "killed";
    private const string TraceName = "trace";

    private static readonly string[] Calls = ["pwrite64", "ftruncate", "fsync", "rename", "renameat2", "mkdir", "unlink", "copy_file_range"];
    private static readonly string[] Faults = ["error=ENOSPC", "error=EIO", "signal=KILL"];
    private static readonly Dictionary<string, int> OnceOnly = new(StringComparer.Ordinal) { ["rmi"] = 3, ["create"] = 4 };
    private static readonly string[] Typed = ["disk_full", "io"];

    /// <summary>Every fault at every call: from <c>.ci/soak</c>. Here they take turns.</summary>
    private static bool All => Environment.GetEnvironmentVariable("LOAM_SOAK") is { Length: > 0 };

    [Theory]
    [InlineData("pull -q {new}")]
    [InlineData("pull -q {new}", true)]
    [InlineData("load -q -i {archive} -t local/loaded")]
    [InlineData("save -q {keeper} -o {out}")]
    [InlineData("image tag {keeper} local/also")]
    [InlineData("rmi local/victim")]
    [InlineData("image prune --delete --yes")]
    [InlineData("rootfs build -q --image {keeper} --allow-mutable --size-mib 12 --out {out}")]
    [InlineData("create -q made --image {keeper}")]
    [InlineData("commit -q stopped local/committed")]
    public async Task Whatever_call_fails_what_is_visible_is_whole(string command, bool empty = false)
    {
        Tools.Require("strace", "cp");
        await using var stage = new Stage();
        if (!empty)
        {
            stage.Prepare();
        }

        var counts = stage.Count(command);
        Assert.True(counts.Count > 0);
        var turn = 0;
        var points = (
            from call in counts
            from number in Enumerable.Range(1, call.Value)
            from fault in All ? Faults : [Faults[turn++ % Faults.Length]]
            select (Call: call.Key, Number: number, Fault: fault)).ToList();
        var ends = new ConcurrentDictionary<string, int>(StringComparer.Ordinal);
        Parallel.ForEach(
            points,
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = TestContext.Current.CancellationToken },
            point => ends.AddOrUpdate(stage.Try(command, point.Call, point.Number, point.Fault), 1, (_, before) => before + 1));
        TestContext.Current.SendDiagnosticMessage(
            "{0}: {1} faults: {2}", command, points.Count, string.Join(
                ", ", ends.OrderBy(end => end.Key, StringComparer.Ordinal).Select(end => $"{end.Key}: {end.Value}")));
        Assert.Superset(new HashSet<string>(Typed.Append(Killed), StringComparer.Ordinal), new HashSet<string>(ends.Keys, StringComparer.Ordinal));
    }

    /// <summary>A state folder to begin from, of which each try gets a copy.</summary>
    private sealed class Stage : IAsyncDisposable
    {
        private readonly StoreFixture _store = new();
        private Digest? _output;

        public Stage()
        {
            foreach (var (name, seed) in new[] { ("new", 1), ("gone", 2) })
            {
                new TestImage().Add(StoreFixture.Base).Add(RepeatableTests.Layer(seed, 600_000)).Push(_store.Registry, $"team/{name}", "1");
            }

            LoamBinary.Check("pull", "-q", Name("gone"), "--state-dir", _store.Folder["other"]);
            LoamBinary.Check("save", "-q", "--format", "docker", Name("gone"), "-o", _store.Folder["archive.tar"], "--state-dir", _store.Folder["other"]);
            Directory.CreateDirectory(_store.State);
        }

        /// <summary>Puts into the folder what commands need: images to keep and to remove, one without a name, a workspace.</summary>
        public void Prepare()
        {
            _store.Pull(_store.ToolName);
            _store.Check("pull", "-q", _store.AppName, "--size-mib", "12");
            _store.Check("image", "tag", _store.AppName, "local/victim");
            _store.Check("image", "delete", _store.AppName);
            _store.Check("pull", "-q", Name("gone"), "--size-mib", "12");
            _store.Check("image", "delete", Name("gone"));
            _store.Check("create", "-q", "stopped", "--image", _store.ToolName);
        }

        /// <summary>How often a command makes each call, at most in one thread: strace counts them thread by thread.</summary>
        public Dictionary<string, int> Count(string command)
        {
            using var folder = Copy();
            var traced = Trace(folder, command, $"trace={string.Join(',', Calls)}");
            Assert.True(traced.ExitCode == 0, traced.All);
            _output = OutputOf(folder);
            return File.ReadLines(folder[TraceName])
                .Select(line => line.Split([' ', '('], StringSplitOptions.RemoveEmptyEntries))
                .Where(words => words.Length > 1 && Calls.Contains(words[1]))
                .CountBy(words => (Thread: words[0], Call: words[1]))
                .GroupBy(count => count.Key.Call, StringComparer.Ordinal)
                .ToDictionary(calls => calls.Key, calls => calls.Max(count => count.Value), StringComparer.Ordinal);
        }

        /// <summary>Runs a command with one fault, and asserts that it did no harm.</summary>
        /// <returns>How it ended.</returns>
        public string Try(string command, string call, int number, string fault)
        {
            using var folder = Copy();
            var what = $"{command}: {call} {number} {fault}";
            var end = End(Trace(folder, command, $"trace={call}", "-e", $"inject={call}:{fault}:when={number}"), what);
            KillTests.AssertWhole(folder["state"], number);
            Assert.True((OutputOf(folder) ?? _output) == _output, $"{what}: the file written is partial");

            // What was done before the fault struck cannot be done again: exit codes 3, not there, and 4, there already.
            var again = Tools.Run(LoamBinary.Path, Words(command, folder));
            Assert.True(again.ExitCode == 0 || again.ExitCode == OnceOnly.GetValueOrDefault(command.Split(' ')[0]), $"{what}: then {again.All}");
            Assert.True(OutputOf(folder) == _output, $"{what}: the file written then is another");
            LoamBinary.Check("image", "prune", "--state-dir", folder["state"]);
            Assert.Empty(Directory.EnumerateFileSystemEntries(folder["state/images/ingest"]));
            var check = LoamBinary.Run("store", "check", "--state-dir", folder["state"]);
            Assert.True(check.ExitCode == 0, $"{what}: {check.All}");
            return end;
        }

        public ValueTask DisposeAsync() => _store.DisposeAsync();

        private static string End(ToolResult result, string what)
        {
            if (result.ExitCode is 0 or KillTests.KilledCode)
            {
                return result.ExitCode == 0 ? Well : Killed;
            }

            var code = (string)JsonNode.Parse(result.Error.Trim().Split('\n')[^1])!["error"]!["code"]!;
            Assert.True(Typed.Contains(code), $"{what}: {result.All}");
            return code;
        }

        private static Digest? OutputOf(TemporaryFolder folder) => File.Exists(folder["out"]) ? Digest.Sha256(File.ReadAllBytes(folder["out"])) : null;

        private ToolResult Trace(TemporaryFolder folder, string command, params string[] expressions) =>
            Tools.Run("strace", ["-f", "-qq", "-o", folder[TraceName], "-e", .. expressions, LoamBinary.Path, .. Words(command, folder)]);

        private TemporaryFolder Copy()
        {
            var folder = new TemporaryFolder();
            Tools.Check("cp", "-a", "--sparse=always", _store.State, folder["state"]);
            return folder;
        }

        private string[] Words(string command, TemporaryFolder folder) =>
        [
            "--mode", "ax",
            .. command.Split(' ').Select(word => word switch
            {
                "{new}" => Name("new"),
                "{keeper}" => _store.ToolName,
                "{archive}" => _store.Folder["archive.tar"],
                "{out}" => folder["out"],
                _ => word,
            }),
            "--state-dir", folder["state"],
        ];

        private string Name(string repository) => $"{_store.Registry.Host}/team/{repository}:1";
    }
}
