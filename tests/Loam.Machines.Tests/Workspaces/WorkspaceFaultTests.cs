using Loam.Files;
using Loam.Machines.Guest;
using Loam.Machines.Machine;
using Loam.TestKit;

namespace Loam.Machines.Tests.Workspaces;

/// <summary>Workspaces, and what machines leave, are published through the storage of their store: a failure of any step is
/// heard of, and what is visible afterwards is whole.</summary>
public sealed class WorkspaceFaultTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Creating()
    {
        var steps = await StepStorage.FailEachStepAsync(
            storage => Task.FromResult(new Place(storage)),
            place => place.CreateAsync("w"),
            async (place, what) =>
            {
                place.AssertWhole(what);
                if (place.Workspaces.List().Count == 0)
                {
                    await place.CreateAsync("w");
                }

                Assert.Equal("w", Assert.Single(place.Workspaces.List()).Name);
            });
        Assert.Equal(
            [
                "sync disk.ext4", "write", "sync", "move workspace.json",
                "sync folder workspace-w.dir", "sync folder workspace-w.dir", "move folder w", "sync folder workspaces",
            ],
            Plain(steps));
    }

    [Fact]
    public Task Cloning() => StepStorage.FailEachStepAsync(
        CreatedAsync,
        async place => await place.Workspaces.CloneAsync(place.Workspaces.Get("w"), "copy", null, Stop),
        (place, what) =>
        {
            place.AssertWhole(what);
            Assert.Contains(place.Workspaces.List(), workspace => workspace.Name == "w");
            return Task.CompletedTask;
        });

    [Fact]
    public async Task Changing_the_record()
    {
        var steps = await StepStorage.FailEachStepAsync(
            CreatedAsync,
            place => Task.Run(() =>
            {
                var workspace = place.Workspaces.Get("w");
                workspace.Update(workspace.Record with { SetupDone = true });
            }),
            (place, what) =>
            {
                place.AssertWhole(what);
                Assert.Equal("w", place.Workspaces.Get("w").Name);
                return Task.CompletedTask;
            });
        Assert.Equal(["write", "sync", "move workspace.json", "sync folder w"], Plain(steps));
    }

    [Fact]
    public Task Deleting() => StepStorage.FailEachStepAsync(
        CreatedAsync,
        place => place.Workspaces.DeleteAsync(place.Workspaces.Get("w"), Stop),
        (place, what) =>
        {
            place.AssertWhole(what);
            return Task.CompletedTask;
        });

    [Fact]
    public Task Writing_down_a_run() => StepStorage.FailEachStepAsync(
        CreatedAsync,
        place => Task.Run(() =>
        {
            var run = place.Workspaces.Get("w").Run;
            run.Write(new RunRecord { Pid = 7, Accelerator = "tcg", Kernel = "/k", Detached = true, StartedAt = DateTimeOffset.UnixEpoch });
            run.Clear();
        }),
        (place, what) =>
        {
            Assert.True(place.Workspaces.Get("w").ReadRun() is null or { Pid: 7 }, what);
            place.AssertWhole(what, "run.json");
            return Task.CompletedTask;
        });

    [Fact]
    public async Task Keeping_how_guests_run()
    {
        Tools.Require("busybox");
        var steps = await StepStorage.FailEachStepAsync(
            storage =>
            {
                var place = new Place(storage);
                File.WriteAllText(Path.Combine(place.State, "config.json"), """{"qemu":"/bin/true"}""");
                return Task.FromResult(place);
            },
            place => new Accelerator(new MachineTools(place.State, place.Storage)).ChooseAsync(new KernelImage("/none", "none"), Stop),
            async (place, what) =>
            {
                var tools = new MachineTools(place.State, StableStorage.Real);
                Assert.True((await new Accelerator(tools).ChooseAsync(new KernelImage("/none", "none"), Stop)).Name == "tcg", what);
                Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(tools.Folder), path => path.EndsWith(".tmp", StringComparison.Ordinal));
            });
        Assert.Contains("move accelerator.json", steps);
    }

    [Fact]
    public Task Keeping_the_first_root_of_a_kernel() => StepStorage.FailEachStepAsync(
        storage => Task.FromResult(new Place(storage)),
        place => Task.Run(() => new Initramfs(Path.Combine(place.State, "machines"), place.Storage).For(new KernelImage("/none", "none"), place.Disk)),
        (place, what) =>
        {
            var path = new Initramfs(Path.Combine(place.State, "machines"), StableStorage.Real).For(new KernelImage("/none", "none"), place.Disk);
            Assert.Equal([path], Directory.EnumerateFileSystemEntries(Path.Combine(place.State, "machines")));
            Assert.True(new FileInfo(path).Length % 512 == 0, what);
            return Task.CompletedTask;
        });

    private static IEnumerable<string> Plain(IEnumerable<string> steps) =>
        steps.Select(step => step.EndsWith(".tmp", StringComparison.Ordinal) ? step[..step.IndexOf(' ', StringComparison.Ordinal)] : step);

    private static async Task<Place> CreatedAsync(StepStorage storage)
    {
        var place = new Place(storage);
        await place.CreateAsync("w");
        return place;
    }

    private sealed class Place : IDisposable
    {
        private const int DiskBytes = 1 << 20;

        private readonly TemporaryFolder _folder = new();

        public Place(StepStorage storage)
        {
            Storage = storage;
            File.WriteAllBytes(Disk, TestImage.Noise(DiskBytes, 1));
            Workspaces = new WorkspaceStore(ImageStore.Open(State, time: null, storage));
        }

        public string State => _folder["state"];

        public string Disk => _folder["disk"];

        public StepStorage Storage { get; }

        public WorkspaceStore Workspaces { get; }

        public async Task CreateAsync(string name) => await Workspaces.CreateAsync(name, Disk, new WorkspaceOptions(), null, Stop);

        /// <summary>Every workspace has a record and all of its disk, and nothing else is there.</summary>
        public void AssertWhole(string what, params string[] besides)
        {
            foreach (var workspace in Workspaces.List())
            {
                Assert.True(new FileInfo(workspace.DiskPath).Length == DiskBytes, what);
                var files = Directory.EnumerateFileSystemEntries(workspace.Folder).Select(Path.GetFileName).Except([.. besides, "lock"], StringComparer.Ordinal)
                    .Order(StringComparer.Ordinal);
                Assert.True(files.SequenceEqual(["disk.ext4", "workspace.json"]), $"{what} left {string.Join(", ", files)}");
            }

            ImageStore.Open(State).Staging.Sweep(keepPartialBlobs: false);
            Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(State, "images", "ingest")));
        }

        public void Dispose() => _folder.Dispose();
    }
}
