using Loam.Store;
using Loam.TestKit;

namespace Loam.Tests.Store;

/// <summary>Everything that publishes goes through the storage it was given: a failure of any of its steps is heard of, and
/// what is visible afterwards is whole.</summary>
public sealed class PublisherFaultTests : IAsyncDisposable
{
    private readonly InProcessRegistry _registry = InProcessRegistry.Start();
    private readonly TestImage _image;

    public PublisherFaultTests() => _image = StepPlace.Push(_registry);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _registry.DisposeAsync();

    [Fact]
    public Task Opening() => RunAsync(
        storage => Task.FromResult(new StepPlace(_registry, storage)),
        place => Task.Run(() => ImageStore.Open(Path.Combine(place.State, "inner"), time: null, place.Storage)),
        ["write index.tmp", "move version", "move index.json", "move oci-layout"],
        (place, what) =>
        {
            // Whatever was left can be gone on from.
            var store = ImageStore.Open(Path.Combine(place.State, "inner"));
            Assert.Empty(store.List());
            Assert.True(File.Exists(Path.Combine(store.LayoutPath, "oci-layout")), what);
            Assert.Empty(Directory.EnumerateFileSystemEntries(store.Paths.StagingFolder));
            return Task.CompletedTask;
        });

    [Fact]
    public Task Pulling() => RunAsync(
        storage => Task.FromResult(new StepPlace(_registry, storage)),
        place => place.PullAsync(),
        [
            "write sha256-*.tmp",
            "sync sha256-*.part",
            "sync rootfs.ext4",
            "write disk.json",
            "sync disk.json",
            "sync folder disk-*.dir",
            "move folder sha256-*",
            "move index.json",
        ],
        AgainAsync);

    [Fact]
    public Task Pulling_again_by_force() => RunAsync(
        PulledAsync,
        place => place.Puller.PullAsync(place.Reference, StepPlace.Options with { Force = true }, null, Stop),
        ["sync sha256-*.part", "sync rootfs.ext4", "exchange sha256-*"],
        AgainAsync);

    [Fact]
    public async Task Pulling_a_built_disk()
    {
        using (var builder = new StepPlace(_registry, new StepStorage()))
        {
            await builder.PullAsync();
            await new DiskPusher(builder.Store, builder.Client).PushAsync(builder.Reference.ToString(), null, jobs: 2, null, Stop);
        }

        await RunAsync(
            storage => Task.FromResult(new StepPlace(_registry, storage)),
            place => place.Puller.PullAsync(place.Reference, StepPlace.Options with { DiskSource = DiskSource.Require }, null, Stop),
            ["sync rootfs.ext4", "write disk.json", "move folder sha256-*", "move index.json"],
            (_, _) => Task.CompletedTask,
            checkStore: false);
    }

    [Fact]
    public async Task Building_to_a_path_of_the_users()
    {
        byte[] whole;
        using (var place = new StepPlace(_registry, new StepStorage()))
        {
            await place.Puller.BuildAsync(place.Reference, place.Mine("disk"), StepPlace.Options, null, Stop);
            whole = await File.ReadAllBytesAsync(place.Mine("disk"), Stop);
        }

        await RunAsync(
            storage =>
            {
                var place = new StepPlace(_registry, storage);
                File.WriteAllText(place.Mine("disk"), "old");
                return Task.FromResult(place);
            },
            place => place.Puller.BuildAsync(place.Reference, place.Mine("disk"), StepPlace.Options, null, Stop),
            ["sync disk.*.tmp", "move disk", "sync folder mine", "move index.json"],
            (place, what) =>
            {
                place.AssertMine("disk", what, "old"u8.ToArray(), whole);
                return Task.CompletedTask;
            });
    }

    [Fact]
    public Task Loading() => RunAsync(
        storage => Task.FromResult(new StepPlace(_registry, storage)),
        place => new ArchiveLoader(place.Store).LoadAsync(
            ArchiveSource.FromStream(
                new MemoryStream(TestArchives.Docker("app:1", new TarAuthor().File("a", "1").End(), new TarAuthor().File("b", "2").End()))),
            new LoadOptions { Name = ImageReference.Parse("also:1"), Disk = StepPlace.Small },
            null,
            Stop),
        ["move sha256-*.part", "sync sha256-*.part", "sync rootfs.ext4", "write disk.json", "move folder sha256-*", "move index.json"],
        (_, _) => Task.CompletedTask);

    [Theory]
    [InlineData(ArchiveFormat.Docker)]
    [InlineData(ArchiveFormat.Oci)]
    public async Task Saving_to_a_file(ArchiveFormat format)
    {
        var whole = new MemoryStream();
        using (var place = await PulledAsync(new StepStorage()))
        {
            await new ArchiveSaver(place.Store).SaveAsync([place.Reference.ToString()], whole, new SaveOptions { Format = format }, null, Stop);
        }

        await RunAsync(
            PulledAsync,
            place => new ArchiveSaver(place.Store).SaveAsync(
                [place.Reference.ToString()], place.Mine("saved"), new SaveOptions { Format = format }, null, Stop),
            ["sync saved.*.tmp", "move saved", "sync folder mine"],
            (place, what) =>
            {
                place.AssertMine("saved", what, whole.ToArray());
                return Task.CompletedTask;
            });
    }

    [Fact]
    public Task Tagging() => RunAsync(
        PulledAsync,
        place => place.Store.TagAsync(place.Reference.ToString(), ImageReference.Parse("other:1"), Stop),
        ["write index.tmp", "sync index.tmp", "move index.json", "sync folder oci"],
        async (place, _) => await place.Store.TagAsync("app:1", ImageReference.Parse("another:1"), Stop));

    [Fact]
    public Task Deleting() => RunAsync(
        PulledAsync,
        place => place.Store.DeleteAsync([place.Reference.ToString()], new DeleteOptions { Free = true }, Stop),
        ["move index.json", "move folder disk-*.dir", "remove *"],
        async (place, _) => await place.Store.PruneAsync(new PruneOptions { Free = true }, Stop));

    [Fact]
    public Task Pruning() => RunAsync(
        async storage =>
        {
            var place = await PulledAsync(storage);
            await place.Store.DeleteAsync([place.Reference.ToString()], new DeleteOptions(), Stop);
            return place;
        },
        place => place.Store.PruneAsync(new PruneOptions { Free = true }, Stop),
        ["move folder disk-*.dir", "remove *"],
        async (place, _) => await place.Store.PruneAsync(new PruneOptions { Free = true }, Stop));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task Committing(bool layered) => RunAsync(
        PulledAsync,
        place => new Committer(place.Store).CommitDiskAsync(
            place.Store.List()[0].OutputPath, ImageReference.Parse("made:1"), new CommitOptions { Layered = layered, Base = "app:1" }, null, Stop),
        layered ? ["write sha256-*.tmp", "move index.json"] : ["move sha256-*.part", "sync sha256-*.part", "write sha256-*.tmp", "move index.json"],
        (_, _) => Task.CompletedTask);

    [Fact]
    public Task Making_the_disk_of_an_image_that_has_none() => RunAsync(
        async storage =>
        {
            var place = new StepPlace(_registry, storage);
            var archive = TestArchives.Docker("app:1", new TarAuthor().File("a", "1").End());
            await new ArchiveLoader(place.Store).LoadAsync(ArchiveSource.FromStream(new MemoryStream(archive)), new LoadOptions { Disk = null }, null, Stop);
            return place;
        },
        place => new StoredImageDisk(place.Store).MakeAsync("app:1", null, Stop),
        ["sync rootfs.ext4", "write disk.json", "move folder sha256-*", "move index.json"],
        async (place, _) => Assert.True(File.Exists((await new StoredImageDisk(place.Store).MakeAsync("app:1", null, Stop)).OutputPath)));

    [Fact]
    public async Task Exporting_to_a_file()
    {
        var whole = new MemoryStream();
        using (var place = await PulledAsync(new StepStorage()))
        using (var disk = RootDisk.Open(place.Store.List()[0].OutputPath, Stop))
        {
            disk.Export(whole, null, Stop);
        }

        await RunAsync(
            PulledAsync,
            place => Task.Run(() =>
            {
                using var disk = RootDisk.Open(place.Store.List()[0].OutputPath, place.Storage, Stop);
                disk.Export(place.Mine("tree.tar"), null, Stop);
            }),
            ["sync tree.tar.*.tmp", "move tree.tar", "sync folder mine"],
            (place, what) =>
            {
                place.AssertMine("tree.tar", what, whole.ToArray());
                return Task.CompletedTask;
            });
    }

    [Fact]
    public Task Repairing() => RunAsync(
        async storage =>
        {
            var place = await PulledAsync(storage);
            var named = place.Store.Names.Read()[0];
            var manifest = place.Store.ReadManifest(named)!;
            File.AppendAllText(place.Store.Paths.Blob(manifest.Layers[0].Digest), "x");
            File.Delete(place.Store.Paths.Blob(manifest.Config.Digest));
            File.WriteAllText(Path.Combine(place.Store.Paths.Blobs("sha256"), "stray"), "x");
            File.AppendAllText(place.Store.Disks.PathOf(named), "x");
            return place;
        },
        place => new StoreCheck(place.Store, place.Client).RepairAsync(null, Stop),
        ["move " + Digest.Sha256(_image.Blobs.First()).Hex, "move folder sha256-*", "sync folder quarantine", "sync folder sha256", "sync sha256-*.part"],
        async (place, _) =>
        {
            var report = await new StoreCheck(place.Store, place.Client).RepairAsync(null, Stop);
            Assert.All(
                report.Problems.Where(problem => !problem.Mended),
                problem => Assert.Contains(problem.Kind, (ProblemKind[])[ProblemKind.DiskDamaged, ProblemKind.DiskMissing]));
            await place.PullAsync();
        });

    [Fact]
    public Task Making_the_index_again() => RunAsync(
        async storage =>
        {
            var place = await PulledAsync(storage);
            File.WriteAllText(place.Store.Paths.Index, "{");
            return place;
        },
        place => new StoreCheck(place.Store).RepairAsync(null, Stop),
        ["move index.json", "sync folder quarantine", "sync folder oci", "write index.tmp"],
        async (place, what) =>
        {
            // Without names nothing is lost: the disk's record says what the image is called.
            await new StoreCheck(place.Store).RepairAsync(null, Stop);
            await place.PullAsync();
            Assert.True(place.Store.List().Count == 1, what);
        });

    [Fact]
    public Task Logging_in() => RunAsync(
        async storage =>
        {
            var place = new StepPlace(_registry, storage);
            await new CredentialFile(place.State).StoreAsync(RegistryName.Parse("a.example"), new RegistryCredential.Basic("u", "old"), Stop);
            return place;
        },
        place => new CredentialFile(place.State, place.Storage).StoreAsync(RegistryName.Parse("a.example"), new RegistryCredential.Basic("u", "new"), Stop),
        ["write auth.json.*.tmp", "sync auth.json.*.tmp", "move auth.json", "sync folder state"],
        (place, _) =>
        {
            var found = Loam.Credentials.AuthFile.Read(new CredentialFile(place.State).Path)!.Find("a.example", "")!.Decode("");
            Assert.Contains(found, (RegistryCredential[])[new RegistryCredential.Basic("u", "old"), new RegistryCredential.Basic("u", "new")]);
            Assert.Equal(["auth.json", "images"], Directory.EnumerateFileSystemEntries(place.State).Select(Path.GetFileName).Order(StringComparer.Ordinal));
            return Task.CompletedTask;
        });

    [Fact]
    public Task Logging_out() => RunAsync(
        async storage =>
        {
            var place = new StepPlace(_registry, storage);
            await new CredentialFile(place.State).StoreAsync(RegistryName.Parse("a.example"), new RegistryCredential.Basic("u", "p"), Stop);
            return place;
        },
        place => new CredentialFile(place.State, place.Storage).RemoveAllAsync(Stop),
        ["write auth.json.*.tmp", "move auth.json", "sync folder state"],
        (place, what) =>
        {
            Assert.True(Loam.Credentials.AuthFile.Read(new CredentialFile(place.State).Path)!.Entries.Count is 0 or 1, what);
            return Task.CompletedTask;
        });

    private static async Task AgainAsync(StepPlace place, string what)
    {
        var pulled = await place.PullAsync();
        Assert.True(File.Exists(pulled.Image.OutputPath), what);
    }

    private async Task<StepPlace> PulledAsync(StepStorage storage)
    {
        var place = new StepPlace(_registry, storage);
        await place.PullAsync();
        return place;
    }

    /// <param name="prepare">Makes a place.</param>
    /// <param name="operate">What publishes.</param>
    /// <param name="expected">Steps it must consist of, among others; an asterisk stands for any characters.</param>
    /// <param name="check">Looks at what a failure left, then does it again.</param>
    /// <param name="checkStore">Whether the names must be whole without any more ado.</param>
    private static async Task RunAsync(
        Func<StepStorage, Task<StepPlace>> prepare, Func<StepPlace, Task> operate, string[] expected, Func<StepPlace, string, Task> check,
        bool checkStore = true)
    {
        var damages = expected.Any(step => step.Contains("quarantine", StringComparison.Ordinal));
        var steps = await StepStorage.FailEachStepAsync(prepare, operate, async (place, what) =>
        {
            if (checkStore && !damages)
            {
                await place.AssertWholeAsync(what);
            }

            await check(place, what);
            if (checkStore)
            {
                await place.AssertWholeAsync($"{what}, done again");
            }
        });
        foreach (var step in expected)
        {
            Assert.Contains(steps, done => System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(step, done, ignoreCase: false));
        }
    }
}
