using Loam.TestKit;

namespace Loam.Tests.Client;

/// <summary>The front door: everything wired as the program does it.</summary>
public sealed class LoamClientTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_heeds_logins_and_settings_of_the_state_folder()
    {
        using var folder = new TemporaryFolder();
        await using var registry = InProcessRegistry.Start();
        new TestImage().Add(new TarAuthor().File("a", "1").End()).Push(registry, "team/app", "1");
        var asked = new List<string>();
        registry.Script = call =>
        {
            lock (asked)
            {
                asked.Add(call.Headers.GetValueOrDefault("Authorization") ?? "");
            }

            return call.Headers.ContainsKey("Authorization") ? null : new Misbehaviour.Answer(401, "", ("WWW-Authenticate", "Basic realm=\"r\""));
        };
        Directory.CreateDirectory(folder["state"]);
        await File.WriteAllTextAsync(folder["state/config.json"], """{"network":{"retries":0}}""", Stop);
        await new CredentialFile(folder["state"]).StoreAsync(RegistryName.Parse(registry.Host), new RegistryCredential.Basic("u", "p"), Stop);
        using var loam = LoamClient.Open(folder["state"]);
        var pulled = await loam.PullAsync($"{registry.Host}/team/app:1", cancellationToken: Stop);
        Assert.True(File.Exists(pulled.Image.OutputPath));
        Assert.Contains("Basic dTpw", asked);
        Assert.Equal(folder["state"], loam.Store.Root);
        Assert.Equal(0, loam.Configuration.Network.Retries);
        Assert.Single((await loam.Credentials.ListAsync(Stop)).Logins);

        // What the caller says goes before all of that.
        using var other = LoamClient.Open(new LoamOptions
        {
            StateDir = folder["state"],
            Credential = new RegistryCredential.Basic("x", "y"),
            Registries = options => options with { Retries = 7 },
        });
        lock (asked)
        {
            asked.Clear();
        }

        await other.Puller.PullAsync($"{registry.Host}/team/app:1", new PullOptions { Force = true }, cancellationToken: Stop);
        Assert.DoesNotContain("Basic dTpw", asked);
        Assert.Contains("Basic eDp5", asked);
    }

    [Fact]
    public async Task A_settings_file_that_is_wrong_is_told_of_when_it_is_opened()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["config.json"], "{", Stop);
        Assert.Equal(ErrorCodes.ConfigurationInvalid, Assert.Throws<LoamException>(() => LoamClient.Open(folder.Path)).Code);
    }

    [Fact]
    public async Task Everything_of_it_works_on_the_one_store()
    {
        using var folder = new TemporaryFolder();
        await using var registry = InProcessRegistry.Start();
        new TestImage().Add(new TarAuthor().File("a", "1").End()).Push(registry, "app", "1");
        using var loam = LoamClient.Open(folder["state"]);
        var pulled = await loam.PullAsync($"{registry.Host}/app:1", cancellationToken: Stop);
        var made = await loam.Committer.CommitDiskAsync(pulled.Image.OutputPath, "made:1", cancellationToken: Stop);
        await loam.Pusher.PushAsync("made:1", $"{registry.Host}/made:1", cancellationToken: Stop);
        await loam.Saver.SaveAsync(["made:1"], folder["made.tar"], cancellationToken: Stop);
        await loam.Store.DeleteAsync("made:1", cancellationToken: Stop);
        Assert.False(loam.Store.Exists("made:1"));
        var loaded = await loam.Loader.LoadAsync(ArchiveSource.FromPath(folder["made.tar"]), cancellationToken: Stop);
        Assert.Equal(made.ConfigDigest, loaded[0].Disk!.ConfigDigest);
        Assert.Equal("docker.io/library/made:1", (await loam.Inspector.InspectAsync("made:1", cancellationToken: Stop)).Names[0]);
        Assert.True((await loam.Check.CheckAsync(cancellationToken: Stop)).IsWhole);
        Assert.Equal(made.Image.Digest, (await loam.PullAsync($"{registry.Host}/made:1", cancellationToken: Stop)).Image.Digest);
        var disk = await loam.DiskPusher.PushAsync($"{registry.Host}/app:1", cancellationToken: Stop);
        Assert.Equal(pulled.Disk!.Disk.Sha256, disk.Sha256);
    }

    [Theory]
    [InlineData(404)]
    [InlineData(401)]
    [InlineData(503)]
    public async Task A_short_name_is_asked_for_at_one_registry_after_the_other(int status)
    {
        using var folder = new TemporaryFolder();
        await using var lacks = InProcessRegistry.Start();
        await using var has = InProcessRegistry.Start();
        new TestImage().Add(new TarAuthor().File("a", "1").End()).Push(has, "app", "1");
        lacks.Script = _ => new Misbehaviour.Answer(status);
        await File.WriteAllTextAsync(folder["registries.conf"], $"unqualified-search-registries = ['{lacks.Host}', '{has.Host}', 'example.com']", Stop);
        using var loam = new ShortNameClient(folder["registries.conf"]);
        var passed = new List<string>();
        Assert.Equal($"{has.Host}/app:1", (await loam.ResolveAsync("app:1", (candidate, _) => passed.Add(candidate.Registry), Stop)).ToString());
        Assert.Equal([lacks.Host], passed);
    }

    [Fact]
    public async Task Whoever_waits_for_the_store_is_told_so()
    {
        using var folder = new TemporaryFolder();
        var waits = new TaskCompletionSource<StoreWait>();
        using var loam = LoamClient.Open(new LoamOptions { StateDir = folder["state"], Waits = new Waiting(waits) });
        Task tagging;
        using (await ImageStore.Open(folder["state"]).ExcludeAsync(Stop))
        {
            tagging = loam.Store.TagAsync("none", "other", Stop);
            Assert.Equal(WaitKind.Store, (await waits.Task.WaitAsync(TimeSpan.FromSeconds(30), Stop)).Kind);
        }

        Assert.Same(ErrorCodes.ImageNotFound, (await Assert.ThrowsAsync<LoamException>(() => tagging)).Code);
    }

    [Fact]
    public async Task What_is_null_is_said_at_once()
    {
        using var folder = new TemporaryFolder();
        using var loam = LoamClient.Open(folder.Path);
        Assert.Throws<ArgumentNullException>(() => new ImagePuller(null!, loam.Registry));
        Assert.Throws<ArgumentNullException>(() => new ImagePuller(loam.Store, null!));
        await Assert.ThrowsAsync<ArgumentNullException>(() => loam.PullAsync(null!, cancellationToken: Stop));
        await Assert.ThrowsAsync<ArgumentNullException>(() => loam.Puller.PullAsync((string)null!, cancellationToken: Stop));
        await Assert.ThrowsAsync<ArgumentNullException>(() => loam.Puller.PullAsync((ImageReference)null!, cancellationToken: Stop));
        await Assert.ThrowsAsync<ArgumentNullException>(() => loam.Puller.BuildAsync("x", null!, cancellationToken: Stop));
        await Assert.ThrowsAsync<ArgumentNullException>(() => loam.Pusher.PushAsync(null!, cancellationToken: Stop));
        await Assert.ThrowsAsync<ArgumentNullException>(() => loam.Committer.CommitDiskAsync(null!, "x", cancellationToken: Stop));
        await Assert.ThrowsAsync<ArgumentNullException>(() => loam.Saver.SaveAsync(null!, "x", cancellationToken: Stop));
        await Assert.ThrowsAsync<ArgumentNullException>(() => loam.Loader.LoadAsync(null!, cancellationToken: Stop));
        await Assert.ThrowsAsync<ArgumentNullException>(() => loam.Inspector.InspectAsync(null!, cancellationToken: Stop));
        await Assert.ThrowsAsync<ArgumentNullException>(() => loam.Store.DeleteAsync((string)null!, cancellationToken: Stop));
        await Assert.ThrowsAsync<ArgumentNullException>(() => loam.Store.TagAsync("x", (string)null!, Stop));
        Assert.Throws<ArgumentNullException>(() => loam.Store.Get(null!));
        Assert.Throws<ArgumentNullException>(() => loam.Store.Find(null!));
        Assert.Throws<ArgumentNullException>(() => ArchiveSource.FromPath(null!));
        Assert.Throws<ArgumentNullException>(() => RootDisk.Open(null!, Stop));
    }

    [Fact]
    public async Task A_users_test_fakes_what_it_needs()
    {
        var image = new ImageRecord("r.example/app:1", "r.example/app", Digest.Sha256("x"u8), Platform.Host, "/disk", 1, DateTimeOffset.UnixEpoch);
        using LoamClient loam = new FakeClient(new PulledImage(image, Disk: null, UpToDate: true));
        Assert.Same(image, (await loam.PullAsync("app", cancellationToken: Stop)).Image);
        Assert.Same(image, loam.Store.Get("app"));
        Assert.Same(image, (await loam.Puller.PullAsync("app", cancellationToken: Stop)).Image);
    }

    private sealed class FakeClient(PulledImage pulled) : LoamClient
    {
        public override ImageStore Store { get; } = new FakeStore(pulled.Image);

        public override ImagePuller Puller { get; } = new FakePuller(pulled);

        public override Task<PulledImage> PullAsync(
            string image, PullOptions? options = null, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default) =>
                Task.FromResult(pulled);
    }

    private sealed class FakeStore(ImageRecord image) : ImageStore
    {
        public override ImageRecord Get(string image1, Platform? platform = null) => image;
    }

    private sealed class FakePuller(PulledImage pulled) : ImagePuller
    {
        public override Task<PulledImage> PullAsync(
            ImageReference reference, PullOptions? options = null, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default) =>
                Task.FromResult(pulled);
    }

    private sealed class Waiting(TaskCompletionSource<StoreWait> waits) : IProgress<StoreWait>
    {
        public void Report(StoreWait value) => waits.TrySetResult(value);
    }

    private sealed class ShortNameClient(string registriesConf) : LoamClient
    {
        private readonly RegistryClient _registry = new(new RegistryOptions { Retries = 0 });

        public override LoamConfiguration Configuration { get; } =
            LoamConfiguration.Load(Path.GetDirectoryName(registriesConf), variable => variable == "CONTAINERS_REGISTRIES_CONF" ? registriesConf : null);

        public override RegistryClient Registry => _registry;

        protected override void Dispose(bool disposing)
        {
            _registry.Dispose();
            base.Dispose(disposing);
        }
    }
}
