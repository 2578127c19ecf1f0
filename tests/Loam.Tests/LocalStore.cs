using Loam.TestKit;

namespace Loam.Tests;

/// <summary>A store in a folder of its own, filled without a registry.</summary>
internal sealed class LocalStore : IDisposable
{
    public LocalStore(TimeProvider? time = null) => Store = ImageStore.Open(Folder["state"], time);

    public TemporaryFolder Folder { get; } = new();

    public ImageStore Store { get; }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Puts an image into the store; with a disk of 8 MiB, if it is to have one.</summary>
    public async Task<ImageRecord> LoadAsync(string name, TestImage image, bool disk = false)
    {
        using var archive = new MemoryStream(TestArchives.Oci(name, image));
        var options = new LoadOptions { Disk = disk ? new DiskOptions { SizeMib = 8 } : null };
        return (await new ArchiveLoader(Store).LoadAsync(ArchiveSource.FromStream(archive), options, null, Stop))[0].Names[0];
    }

    /// <summary>Changes one byte of a blob.</summary>
    public void Damage(Digest blob)
    {
        var path = Store.Paths.Blob(blob);
        var content = File.ReadAllBytes(path);
        content[^1] ^= 1;
        File.WriteAllBytes(path, content);
    }

    public void Dispose() => Folder.Dispose();
}
