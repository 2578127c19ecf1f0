using Loam.Files;
using Loam.TestKit;

namespace Loam.Tests.Store;

/// <summary>A state folder on storage that can fail, a registry with a small image, and a folder of the user's.</summary>
internal sealed class StepPlace : IDisposable
{
    private static readonly RegistryOptions Quick = new() { RetryDelay = TimeSpan.FromMilliseconds(5) };

    private readonly string _root = Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"loam-steps-{Guid.NewGuid():N}");

    public StepPlace(InProcessRegistry registry, StepStorage storage)
    {
        Storage = storage;
        Directory.CreateDirectory(Mine(""));
        Store = ImageStore.Open(State, time: null, storage);
        Client = new RegistryClient(Quick);
        Reference = ImageReference.Parse($"{registry.Host}/app:1");
    }

    public string State => Path.Combine(_root, "state");

    public StepStorage Storage { get; }

    public ImageStore Store { get; }

    public RegistryClient Client { get; }

    /// <summary>The image in the registry.</summary>
    public ImageReference Reference { get; }

    public ImagePuller Puller => new(Store, Client);

    /// <summary>Disks that are hashed in no time.</summary>
    public static DiskOptions Small { get; } = new() { SizeMib = 8 };

    public static PullOptions Options { get; } = new() { Disk = Small };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Puts the image, two layers of it, into a registry.</summary>
    public static TestImage Push(InProcessRegistry registry)
    {
        var image = new TestImage()
            .Add(new TarAuthor().Directory("etc/").File("etc/low", "1").End())
            .Add(new TarAuthor().File("etc/high", "2").End(), LayerForm.Tar);
        image.Push(registry, "app", "1");
        return image;
    }

    /// <summary>A path in the user's folder.</summary>
    public string Mine(string name) => Path.Combine(_root, "mine", name);

    public Task<PulledImage> PullAsync() => Puller.PullAsync(Reference, Options, null, Stop);

    /// <summary>What is visible is whole, and after a prune nothing unfinished is left.</summary>
    public async Task AssertWholeAsync(string what)
    {
        var store = ImageStore.Open(State);
        var report = await new StoreCheck(store).CheckAsync(null, Stop);
        Assert.True(report.IsWhole, $"{what}: {string.Join("; ", report.Problems.Select(problem => problem.Message))}");
        await store.PruneAsync(new PruneOptions(), Stop);
        Assert.Empty(Directory.EnumerateFileSystemEntries(store.Paths.StagingFolder));
    }

    /// <summary>A file of the user's is not there, or is one of those that it may be; nothing else is.</summary>
    public void AssertMine(string name, string what, params byte[][] allowed)
    {
        Assert.True(Directory.EnumerateFileSystemEntries(Mine("")).All(path => Path.GetFileName(path) == name), $"{what} left a temporary file");
        if (File.Exists(Mine(name)))
        {
            var content = File.ReadAllBytes(Mine(name));
            Assert.True(Array.Exists(allowed, whole => whole.AsSpan().SequenceEqual(content)), $"{what} left a partial file of {content.Length} bytes");
        }
    }

    public void Dispose()
    {
        Client.Dispose();
        Directory.Delete(_root, recursive: true);
    }
}
