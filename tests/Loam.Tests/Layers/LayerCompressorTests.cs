using System.IO.Compression;
using System.Security.Cryptography;
using Loam.Layers;
using Loam.Streams;
using Loam.TestKit;

namespace Loam.Tests;

/// <summary>Compressed layers, read by what Loam did not write.</summary>
public sealed class LayerCompressorTests
{
    public static TheoryData<string, int> Cases => new(
        from how in (string[])["gzip", "gzip:1", "gzip:9", "zstd", "zstd:19"]
        from length in (int[])[0, 1, (1 << 20) - 1, 1 << 20, (5 << 20) + 3]
        select (how, length));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Any_reader_gives_the_bytes_back(string how, int length)
    {
        var content = TestImage.Noise(length, 7);
        content.AsSpan(length / 2).Clear();
        var (blob, diffId, digest) = Compress(content, how);
        Assert.Equal(Digest.Sha256(content), diffId);
        Assert.Equal(Digest.Sha256(blob), digest);
        Assert.Equal(blob, Compress(content, how).Blob);
        using var own = Decompressor.Open(new MemoryStream(blob));
        var read = new MemoryStream();
        own.CopyTo(read);
        Assert.True(content.AsSpan().SequenceEqual(read.ToArray()));
        if (how.StartsWith("gzip", StringComparison.Ordinal))
        {
            Tools.Require("gzip");
            Assert.True(content.AsSpan().SequenceEqual(Tools.Filter("gzip", ["-dc"], blob)));
            using var gzip = new GZipStream(new MemoryStream(blob), CompressionMode.Decompress);
            Assert.Equal(SHA256.HashData(content), SHA256.HashData(gzip));
        }
        else if (length > 0)
        {
            Tools.Require("zstd");
            Assert.True(content.AsSpan().SequenceEqual(Tools.Filter("zstd", ["-dc"], blob)));
        }
    }

    [Fact]
    public void A_full_disk_comes_out_and_nothing_hangs()
    {
        using var compressor = new LayerCompressor(new FullStream(3 << 20), LayerCompression.Default, CancellationToken.None);
        Assert.Throws<IOException>(() =>
        {
            compressor.Write(TestImage.Noise(20 << 20, 1));
            compressor.Finish();
        });
    }

    [Theory]
    [InlineData("lz4")]
    [InlineData("gzip:0")]
    [InlineData("gzip:10")]
    [InlineData("zstd:20")]
    [InlineData("zstd:")]
    [InlineData("zstd:-1")]
    public void Other_ways_are_refused(string how) =>
        Assert.Equal(ErrorCodes.Usage, Assert.Throws<LoamException>(() => LayerCompression.Parse(how)).Code);

    private static (byte[] Blob, Digest DiffId, Digest Digest) Compress(byte[] content, string how)
    {
        var output = new MemoryStream();
        using var compressor = new LayerCompressor(output, LayerCompression.Parse(how), CancellationToken.None);
        for (var at = 0; at < content.Length; at += 300_001)
        {
            compressor.Write(content.AsSpan(at, Math.Min(300_001, content.Length - at)));
        }

        var (diffId, digest) = compressor.Finish();
        return (output.ToArray(), diffId, digest);
    }

    private sealed class FullStream(long room) : WriteOnlyStream
    {
        private long _left = room;

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            _left -= buffer.Length;
            if (_left < 0)
            {
                throw new IOException("No space left on device");
            }
        }
    }
}
