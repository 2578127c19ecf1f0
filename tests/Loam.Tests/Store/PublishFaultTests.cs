using System.Text;
using Loam.Images;
using Loam.Store;
using Loam.TestKit;

namespace Loam.Tests.Store;

/// <summary>Whatever step of publishing or removing fails, what is visible is whole.</summary>
public sealed class PublishFaultTests
{
    private const int Faults = 10_000;
    private const int Images = 5;

    [Fact]
    public async Task Ten_thousand_faults_leave_nothing_partial_in_sight()
    {
        var random = new Random(11);
        var root = Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"loam-faults-{Environment.ProcessId}");
        try
        {
            var storage = new FaultyStorage(random);
            var store = ImageStore.Open(root, time: null, storage);
            await PublishAsync(store, storage, image: 99, "kept");
            storage.Rate = 0.1;
            var failures = 0;
            for (var step = 0; storage.Faults < Faults; step++)
            {
                try
                {
                    await StepAsync(store, storage, random);
                }
                catch (Exception e) when (e is IOException or LoamException { Code.Class: ErrorClass.Failed })
                {
                    failures++;
                }

                AssertWhole(store, step);
            }

            Assert.True(failures > Faults / 4);
            storage.Rate = 0;
            await PublishAsync(store, storage, 1, "again");
            await store.PruneAsync(new PruneOptions { Free = true }, TestContext.Current.CancellationToken);
            var left = await store.PruneAsync(new PruneOptions { Free = true, DryRun = true }, TestContext.Current.CancellationToken);
            Assert.Empty(left.Freed);
            Assert.Empty(Directory.EnumerateFileSystemEntries(store.Paths.StagingFolder));
            Assert.Contains(store.List(), image => image.ImageRef == Name("kept"));
            Assert.True((await new StoreCheck(store).CheckAsync(null, TestContext.Current.CancellationToken)).IsWhole);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static async Task StepAsync(ImageStore store, FaultyStorage storage, Random random)
    {
        var stop = TestContext.Current.CancellationToken;
        var image = random.Next(Images);
        switch (random.Next(10))
        {
            case < 6:
                await PublishAsync(store, storage, image, $"i{image}");
                break;
            case 6:
                await store.TagAsync(Name("kept"), ImageReference.Parse($"also{image}"), stop);
                break;
            case 7 when store.List().FirstOrDefault(one => one.ImageRef != Name("kept")) is { } victim:
                await store.DeleteAsync([victim.ImageRef], new DeleteOptions { Free = random.Next(2) == 0 }, stop);
                break;
            default:
                await store.PruneAsync(new PruneOptions { Free = random.Next(2) == 0 }, stop);
                break;
        }
    }

    /// <summary>Publishes as a pull does: blobs, then the disk, then the name.</summary>
    private static async Task PublishAsync(ImageStore store, FaultyStorage storage, int image, string name)
    {
        var stop = TestContext.Current.CancellationToken;
        using var held = await store.HoldAsync(stop);

        // Neighbours share a layer.
        byte[][] layers = [TestImage.Noise(3000, image / 2), TestImage.Noise(2000, 100 + image)];
        var config = Encoding.UTF8.GetBytes(
            $$$"""{"os":"linux","architecture":"amd64","rootfs":{"diff_ids":["{{{Digest.Sha256(layers[0])}}}","{{{Digest.Sha256(layers[1])}}}"]}}""");
        var manifest = Encoding.UTF8.GetBytes(
            $$"""{"schemaVersion":2,"config":{{Describe("application/vnd.oci.image.config.v1+json", config)}}"""
            + $$""","layers":[{{string.Join(',', layers.Select(layer => Describe("application/vnd.oci.image.layer.v1.tar", layer)))}}]}""");
        await store.Blobs.AddAsync(Digest.Sha256(config), config, stop);
        foreach (var layer in layers)
        {
            using var slot = await store.Blobs.ReserveAsync(Digest.Sha256(layer), stop);
            if (!File.Exists(slot.Part))
            {
                storage.Write(slot.Part, layer);
            }

            // As the download does, which hashes what was left before it goes on.
            Assert.True(Digest.Sha256(await File.ReadAllBytesAsync(slot.Part, stop)) == Digest.Sha256(layer) || Forget(slot.Part));
            if (File.Exists(slot.Part))
            {
                store.Blobs.Publish(slot, Digest.Sha256(layer));
            }
            else
            {
                throw new IOException("the part was short");
            }
        }

        await store.Blobs.AddAsync(Digest.Sha256(manifest), manifest, stop);
        var named = new NamedImage
        {
            Name = Name(name),
            MediaType = MediaTypes.OciManifest,
            Digest = Digest.Sha256(manifest),
            Size = manifest.Length,
            Platform = Platform.Host,
            Disk = $"sha256-{Digest.Sha256(manifest).Hex}/{DiskStore.DiskName}",
        };
        var key = DiskKey.Of(named.Digest, new DiskOptions());
        await store.Disks.MakeAsync(
            key,
            again: true,
            path =>
            {
                storage.Write(path, layers[1]);
                storage.Sync(path);
                return Task.FromResult(RecordOf(named, config, layers));
            },
            stop);
        await store.SetNameAsync(named, stop);
    }

    private static DiskRecord RecordOf(NamedImage named, byte[] config, byte[][] layers) => new()
    {
        ImageRef = named.Name!,
        ResolvedRef = $"docker.io/library/x@{named.Digest}",
        Digest = named.Digest,
        ConfigDigest = Digest.Sha256(config),
        Platform = Platform.Host,
        Layers = [.. layers.Select(layer => new DiskLayer(Digest.Sha256(layer), Digest.Sha256(layer), "application/vnd.oci.image.layer.v1.tar", layer.Length))],
        Options = new DiskOptions().Record,
        Disk = new DiskFacts(DiskStore.DiskName, "ext4", Digest.Sha256(layers[1]).Hex, layers[1].Length, 0, 0, 0, Guid.Empty),
        Tool = new DiskTool("loam", "0"),
    };

    private static void AssertWhole(ImageStore store, int step)
    {
        foreach (var blob in Directory.EnumerateFiles(store.Paths.Blobs("sha256")))
        {
            Assert.True(Digest.Sha256(File.ReadAllBytes(blob)).Hex == Path.GetFileName(blob), $"step {step}: blob {blob} is partial");
        }

        foreach (var disk in Directory.EnumerateDirectories(store.Paths.Images, "sha256-*"))
        {
            var record = DiskStore.ReadRecord(Path.Combine(disk, DiskStore.RecordName));
            Assert.True(record is not null, $"step {step}: {disk} has no record");
            Assert.Equal(record.Disk.Sha256, Digest.Sha256(File.ReadAllBytes(Path.Combine(disk, DiskStore.DiskName))).Hex);
        }

        foreach (var named in store.Names.Read())
        {
            var manifest = store.ReadManifest(named);
            Assert.True(
                manifest is not null && store.Blobs.Has(manifest.Config) && manifest.Layers.All(store.Blobs.Has), $"step {step}: {named.Name} is not whole");
            Assert.True(File.Exists(store.Disks.PathOf(named)), $"step {step}: {named.Name} has no disk");
        }
    }

    private static bool Forget(string path)
    {
        File.Delete(path);
        return true;
    }

    private static string Name(string name) => ImageReference.Parse(name).ToString();

    private static string Describe(string type, byte[] content) =>
        $$"""{"mediaType":"{{type}}","digest":"{{Digest.Sha256(content)}}","size":{{content.Length}}}""";
}
