using Loam.Files;
using Loam.Store;
using Loam.TestKit;

namespace Loam.Tests.Store;

/// <summary>State folders that cannot be used as they are: clear errors, nothing lost.</summary>
public sealed class StoreConditionTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void A_state_folder_of_a_newer_version_is_left_alone()
    {
        using var folder = new TemporaryFolder();
        ImageStore.Open(folder["state"]);
        var version = Path.Combine(folder["state"], "images", "version");
        File.WriteAllText(version, "2");
        Assert.Same(ErrorCodes.StoreTooNew, Assert.Throws<LoamException>(() => ImageStore.Open(folder["state"])).Code);
        Assert.Equal("2", File.ReadAllText(version));
    }

    [Fact]
    public async Task Without_space_a_pull_says_so_and_leaves_the_store_as_it_was()
    {
        Tools.RequireRoot();
        Tools.Require("mount", "umount");
        using var folder = new TemporaryFolder();
        var state = Directory.CreateDirectory(folder["state"]).FullName;
        Tools.Check("mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", state);
        try
        {
            await using var registry = InProcessRegistry.Start();
            new TestImage().Add(new TarAuthor().File("small", TestImage.Noise(10_000, 1)).End()).Push(registry, "small", "1");
            new TestImage().Add(new TarAuthor().File("large", TestImage.Noise(5_000_000, 2)).End(), LayerForm.Tar).Push(registry, "large", "1");
            var store = ImageStore.Open(state);
            using var client = new RegistryClient(new RegistryOptions());
            var puller = new ImagePuller(store, client);
            await puller.PullAsync(ImageReference.Parse($"{registry.Host}/small:1"), new PullOptions(), progress: null, Stop);
            var failure = await Assert.ThrowsAsync<LoamException>(
                () => puller.PullAsync(ImageReference.Parse($"{registry.Host}/large:1"), new PullOptions(), progress: null, Stop));
            Assert.Same(ErrorCodes.DiskFull, failure.Code);
            Assert.Single(store.List());
            var pruned = await store.PruneAsync(new PruneOptions { Free = true }, Stop);
            Assert.NotEmpty(pruned.Freed);
            Assert.True((await new StoreCheck(store).CheckAsync(null, Stop)).IsWhole);
        }
        finally
        {
            Tools.Check("umount", state);
        }
    }

    [Fact]
    public async Task A_state_folder_that_may_only_be_read_can_be_looked_at()
    {
        Tools.RequireRoot();
        Tools.Require("mount", "umount");
        using var folder = new TemporaryFolder();
        await using var registry = InProcessRegistry.Start();
        new TestImage().Add(new TarAuthor().File("small", "x").End()).Push(registry, "small", "1");
        var name = $"{registry.Host}/small:1";
        using var client = new RegistryClient(new RegistryOptions());
        await new ImagePuller(ImageStore.Open(folder["state"]), client).PullAsync(ImageReference.Parse(name), new PullOptions(), progress: null, Stop);
        Tools.Check("mount", "--bind", folder["state"], folder["state"]);
        try
        {
            Tools.Check("mount", "-o", "remount,bind,ro", folder["state"]);
            var store = ImageStore.Open(folder["state"]);
            Assert.Equal(name, Assert.Single(store.List()).ImageRef);
            Assert.Equal(name, (await new ImageInspector(store).InspectAsync(name, platform: null, Stop)).Image.ImageRef);
            Assert.True((await new StoreCheck(store).CheckAsync(null, Stop)).IsWhole);
            Func<Task>[] writing =
            [
                () => store.TagAsync(name, ImageReference.Parse("other"), Stop),
                () => store.DeleteAsync([name], new DeleteOptions { Free = true }, Stop),
                () => store.PruneAsync(new PruneOptions(), Stop),
                () => new ImagePuller(store, client).PullAsync(ImageReference.Parse(name), new PullOptions { Force = true }, progress: null, Stop),
            ];
            foreach (var write in writing)
            {
                Assert.Same(ErrorCodes.StoreReadOnly, (await Assert.ThrowsAsync<LoamException>(write)).Code);
            }
        }
        finally
        {
            Tools.Check("umount", folder["state"]);
        }
    }

    [Fact]
    public void Denied_access_to_anothers_folder_names_the_owner()
    {
        Tools.RequireRoot();
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["state"]);
        Tools.Check("chown", "12345", folder["state"]);
        var failure = IoFailure.Translate(new UnauthorizedAccessException("denied"), Path.Combine(folder["state"], "images"));
        Assert.Same(ErrorCodes.StoreForeign, failure.Code);
        Assert.Contains("12345", failure.Message, StringComparison.Ordinal);
        Assert.Same(ErrorCodes.StoreReadOnly, IoFailure.Translate(new UnauthorizedAccessException("denied"), folder.Path).Code);
    }

    [Fact]
    public async Task Whoever_wants_the_store_alone_gets_it_though_others_keep_coming()
    {
        using var folder = new TemporaryFolder();
        var done = false;
        var coming = Enumerable.Range(0, 4).Select(_ => Task.Run(
            async () =>
            {
                // Each holds with a store of its own, as processes do, and the holds overlap without a gap.
                var store = ImageStore.Open(folder["state"]);
                var held = await store.HoldAsync(Stop);
                while (!Volatile.Read(ref done))
                {
                    await Task.Delay(30, Stop);
                    held.Dispose();
                    held = await ImageStore.Open(folder["state"]).HoldAsync(Stop);
                }

                held.Dispose();
            },
            Stop)).ToList();
        await ImageStore.Open(folder["state"]).PruneAsync(new PruneOptions { Free = true }, Stop);
        Volatile.Write(ref done, true);
        await Task.WhenAll(coming);
    }

    [Fact]
    public async Task A_hold_within_a_hold_does_not_wait_for_who_waits_for_the_first()
    {
        using var folder = new TemporaryFolder();
        var store = ImageStore.Open(folder["state"]);
        using var outer = await store.HoldAsync(Stop);
        var pruning = ImageStore.Open(folder["state"]).PruneAsync(new PruneOptions(), Stop);
        await Task.Delay(100, Stop);
        using (await store.HoldAsync(Stop).WaitAsync(TimeSpan.FromSeconds(30), Stop))
        {
            Assert.False(pruning.IsCompleted);
        }

        outer.Dispose();
        await pruning;
    }

    [Fact]
    public async Task What_a_killed_maker_left_is_gone_for_who_waited_for_its_lock()
    {
        using var folder = new TemporaryFolder();
        var store = ImageStore.Open(folder["state"]);
        var key = DiskKey.Of(Digest.Sha256("x"u8), new DiskOptions());
        var stem = Path.Combine(store.Paths.StagingFolder, $"disk-{key.Hex}");
        Task<StagingSlot> waiting;
        using (FileLock.TryAcquire(stem + ".lock", LockKind.Transient))
        {
            waiting = store.Staging.ReserveAsync($"disk-{key.Hex}", Stop);
            Directory.CreateDirectory(stem + ".dir");
            await File.WriteAllTextAsync(Path.Combine(stem + ".dir", DiskStore.DiskName), "half", Stop);
            await File.WriteAllTextAsync(stem + ".part", "kept", Stop);
        }

        using var slot = await waiting;
        Assert.False(Directory.Exists(slot.Folder));
        Assert.True(File.Exists(slot.Part));
    }
}
