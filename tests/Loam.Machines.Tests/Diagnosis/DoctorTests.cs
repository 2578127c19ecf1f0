using Loam.TestKit;

namespace Loam.Machines.Tests.Diagnosis;

/// <summary>What the doctor says of a host and a store.</summary>
public sealed class DoctorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ImageStore _store;

    public DoctorTests()
    {
        _store = ImageStore.Open(_folder["state"]);
        File.WriteAllText(_folder["state/config.json"], """{"qemu":"/bin/false","kernel":"/none","busybox":"/none"}""");
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_store_whose_images_lack_their_manifest_is_bad()
    {
        using var archive = new MemoryStream(TestArchives.Oci("app:1", new TestImage().Add(new TarAuthor().File("f", "x").End())));
        var loaded = await new ArchiveLoader(_store).LoadAsync(ArchiveSource.FromStream(archive), new LoadOptions { Disk = null }, null, Stop);
        var good = await FindAsync("store");
        Assert.Equal((Finding.Good, true), (good.Finding, good.Required));
        Assert.Contains("1 image", good.Detail, StringComparison.Ordinal);
        File.Delete(_store.Paths.Blob(loaded[0].Names[0].Digest));
        var bad = await FindAsync("store");
        Assert.Equal((Finding.Bad, true), (bad.Finding, bad.Required));
        Assert.Contains("1 of 1", bad.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_machine_needs_and_is_not_there_is_bad_but_not_required()
    {
        foreach (var name in (string[])["qemu", "kernel", "busybox", "kvm"])
        {
            var found = await FindAsync(name);
            Assert.Equal((name, Finding.Bad, false), (name, found.Finding, found.Required));
            Assert.False(string.IsNullOrEmpty(found.Fix));
        }

        File.WriteAllText(_folder["state/config.json"], """{"qemu":"/bin/true"}""");
        Assert.Equal(Finding.Good, (await FindAsync("qemu")).Finding);
    }

    [Fact]
    public async Task A_runtime_without_support_is_a_weakness_and_nothing_worse()
    {
        var today = await FindAsync("runtime");
        Assert.Equal((Finding.Good, null), (today.Finding, today.Fix));
        Assert.StartsWith(LoamRuntime.Current.Name, today.Detail, StringComparison.Ordinal);

        var late = new ImpatientTime(new DateTimeOffset(2028, 11, 15, 0, 0, 0, TimeSpan.Zero));
        var then = (await new Doctor(_store, late).RunAsync(cancellationToken: Stop)).Single(check => check.Name == "runtime");
        Assert.Equal((Finding.Weak, false), (then.Finding, then.Required));
        Assert.Contains("out of support since 2028-11-14", then.Detail, StringComparison.Ordinal);
        Assert.NotNull(then.Fix);
    }

    [Fact]
    public async Task Holes_are_looked_for_and_nothing_is_left()
    {
        Assert.Equal(Finding.Good, (await FindAsync("holes")).Finding);
        Assert.NotEqual(Finding.Bad, (await FindAsync("reflink")).Finding);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_store.Paths.StagingFolder));
    }

    [Fact]
    public async Task Settings_that_cannot_be_read_are_bad_and_unknown_ones_weak()
    {
        Assert.Equal(Finding.Good, (await FindAsync("settings")).Finding);
        File.WriteAllText(_folder["state/config.json"], """{"qemu":"/bin/true","typo":1}""");
        Assert.Equal(Finding.Weak, (await FindAsync("settings")).Finding);
    }

    [Fact]
    public async Task Credentials_that_others_can_read_are_weak()
    {
        var file = _store.Paths.Credentials;
        File.WriteAllText(file, """{"auths":{"example.com":{"auth":"dTpw"}}}""");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var good = await FindAsync("credentials");
        Assert.Equal(Finding.Good, good.Finding);
        Assert.Contains("example.com", good.Detail, StringComparison.Ordinal);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Assert.Equal(Finding.Weak, (await FindAsync("credentials")).Finding);
        File.WriteAllText(file, "no JSON");
        Assert.Equal(Finding.Bad, (await FindAsync("credentials")).Finding);
    }

    [Fact]
    public async Task Any_answer_of_a_registry_will_do_but_none_will_not()
    {
        await using var registry = InProcessRegistry.Start();
        Assert.Equal(Finding.Good, (await FindAsync("registry", registry.Host)).Finding);
        registry.Script = _ => new Misbehaviour.Answer(403, "");
        Assert.Equal(Finding.Good, (await FindAsync("registry", registry.Host)).Finding);
        var host = registry.Host;
        await registry.DisposeAsync();
        File.WriteAllText(_folder["state/config.json"], """{"qemu":"/bin/true","network":{"retries":0}}""");
        Assert.Equal(Finding.Bad, (await FindAsync("registry", host)).Finding);
    }

    private async Task<Loam.Machines.Diagnosis> FindAsync(string name, string? registry = null) =>
        (await new Doctor(_store).RunAsync(registry, Stop)).Single(found => found.Name == name);
}
