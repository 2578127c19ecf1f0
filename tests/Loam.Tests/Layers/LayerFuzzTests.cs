using Loam.Filesystems;
using Loam.Layers;
using Loam.TestKit;

namespace Loam.Tests;

/// <summary>Damaged and hostile archives through everything that reads them.</summary>
public sealed class LayerFuzzTests
{
    private const int Streams = 100_000;

    [Fact]
    public void A_hundred_thousand_mutations_end_in_typed_errors()
    {
        var sources = TrickyLayers.All.SelectMany(stack => stack.Layers).Where(layer => layer.Length < 20_000).ToArray();
        using var folder = new TemporaryFolder();
        using var disk = DiskFile.Create(folder["disk"]);
        var random = new Random(3);
        var refused = 0;
        for (var i = 0; i < Streams; i++)
        {
            var mutated = Mutation.Of(sources[i % sources.Length], random);
            if (i % 2 == 0)
            {
                Mutation.FixChecksums(mutated);
            }

            refused += Apply(disk, mutated) ? 0 : 1;
        }

        Assert.InRange(refused, Streams / 10, Streams - 1);
    }

    [Fact]
    public void Damaged_compression_ends_in_typed_errors()
    {
        Tools.Require("zstd");
        var tar = new TarAuthor().File("a", TestImage.Noise(5000, 1)).End();
        var random = new Random(5);
        foreach (var form in (LayerForm[])[LayerForm.Gzip, LayerForm.Zstd])
        {
            var whole = TestImage.Compress(tar, form);
            for (var i = 0; i < 2000; i++)
            {
                try
                {
                    using var stream = Decompressor.Open(new MemoryStream(Mutation.Of(whole, random)));
                    stream.CopyTo(Stream.Null);
                }
                catch (CompressionException)
                {
                    // As it should be.
                }
            }
        }
    }

    private static bool Apply(DiskFile disk, byte[] archive)
    {
        var heap = new BlockHeap(disk, _ => new BlockRange(long.MaxValue / 2, 0));
        var content = new ContentWriter(disk, heap);
        var applier = new LayerApplier(new TreeOverlay(new FileTree(), file => heap.Release(file.Content)), content, new LayerLimits(), _ => { });
        try
        {
            applier.Apply(new MemoryStream(archive), Digest.Sha256(archive), Digest.Sha256(archive), CancellationToken.None);
            return true;
        }
        catch (LoamException)
        {
            return false;
        }
    }
}
