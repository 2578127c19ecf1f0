using Loam.Layers;
using Loam.TestKit;

namespace Loam.Tests;

/// <summary>Both ways to inflate gzip.</summary>
public sealed class GzipTests
{
    private static readonly byte[] s_data = [.. TestImage.Noise(40_000, 4), .. new byte[70_000]];
    private static readonly byte[] s_first = TestImage.Compress(s_data, LayerForm.Gzip);

    /// <summary>Two members, the second with extra field, name and comment (RFC 1952, 2.3).</summary>
    private static readonly byte[] s_chain =
        [.. s_first, 0x1F, 0x8B, 8, 0x1C, 0, 0, 0, 0, 0, 3, 3, 0, 1, 2, 3, .. "name\0comment\0"u8, .. s_first.AsSpan(10)];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Arrives_and_leaves_in_pieces(bool igzip)
    {
        var random = new Random(6);
        for (var round = 0; round < 20; round++)
        {
            var most = round == 0 ? 1 : 5000;
            using var stream = Open(igzip, new Trickle(s_chain, random, most));
            var copy = new MemoryStream();
            var buffer = new byte[most];
            int read;
            while ((read = stream.Read(buffer, 0, random.Next(most) + 1)) > 0)
            {
                copy.Write(buffer, 0, read);
            }

            Assert.Equal([.. s_data, .. s_data], copy.ToArray());
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Is_whole_or_refused(bool igzip)
    {
        var cuts = Enumerable.Range(s_first.Length - 20, 80).Concat(Enumerable.Range(s_chain.Length - 20, 20));
        foreach (var cut in cuts.Where(cut => cut != s_first.Length))
        {
            Refused(s_chain[..cut]);
        }

        Refused([.. s_chain, 0]);
        foreach (var trailerByte in Enumerable.Range(s_chain.Length - 8, 8))
        {
            var wrong = s_chain.ToArray();
            wrong[trailerByte] ^= 0x10;
            Refused(wrong);
        }

        void Refused(byte[] blob)
        {
            using var stream = Open(igzip, new MemoryStream(blob));
            Assert.Equal(CompressionError.Damaged, Assert.Throws<CompressionException>(() => stream.CopyTo(Stream.Null)).Error);
        }
    }

    private static Stream Open(bool igzip, Stream blob)
    {
        if (!igzip)
        {
            return new StrictGzipStream(blob);
        }

        var inflater = Igzip.Create();
        Assert.SkipWhen(inflater is null, "libisal.so.2 is not here");
        return new IgzipStream(blob, inflater!);
    }
}
