using System.Buffers.Binary;
using Loam.Layers;
using Loam.TestKit;

namespace Loam.Tests;

/// <summary>What decompressing says of bytes that are wrong, and what a layer and an archive make of it.</summary>
public sealed class CompressionTests
{
    private static readonly byte[] Content = TestImage.Noise(5000, 1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("BZh91AY&SY", "bzip2")]
    [InlineData("\u00FD7zXZ\0more", "xz")]
    public void Other_compressions_are_named(string bytes, string name)
    {
        var error = Assert.Throws<CompressionException>(() => Decompressor.Open(new MemoryStream([.. bytes.Select(c => (byte)c)])));
        Assert.Equal(CompressionError.Unsupported, error.Error);
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\u001F")]
    [InlineData("plain text")]
    [InlineData("\u0028\u00B5\u002F")]
    public void What_is_not_known_to_be_compressed_is_passed_on(string bytes)
    {
        byte[] content = [.. bytes.Select(c => (byte)c)];
        Assert.Equal(content, Read(Decompressor.Open(new MemoryStream(content))));
    }

    [Fact]
    public void Skippable_frames_may_come_first_and_between()
    {
        Tools.Require("zstd");
        byte[] skipped = [0x5A, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3];
        var frame = TestImage.Compress(Content, LayerForm.Zstd);
        Assert.Equal([.. Content, .. Content], Read(Decompressor.Open(new MemoryStream([.. skipped, .. frame, .. skipped, .. frame]))));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(5000)]
    public void A_window_that_is_too_large_is_named_with_the_limit(int most)
    {
        Tools.Require("zstd");
        var frame = Tools.Filter("zstd", ["-q", "-c", "--long=28"], Content);
        byte[] chain = [.. TestImage.Compress(Content, LayerForm.Zstd), .. frame];
#pragma warning disable CA5394 // Nothing secret.
        var error = Assert.Throws<CompressionException>(() => Read(Decompressor.Open(new Trickle(chain, new Random(most), most))));
#pragma warning restore CA5394
        Assert.Equal(CompressionError.WindowTooLarge, error.Error);
        Assert.Equal("the zstd data needs a window of 268435456 bytes; 134217728 are allowed", error.Message);
        Assert.Equal(Content, Read(Decompressor.Open(new MemoryStream(Tools.Filter("zstd", ["-q", "-c", "--long=27"], Content)))));
    }

    [Theory]
    [InlineData(0x00, new byte[] { 0 << 3 }, 1024UL)]
    [InlineData(0x00, new byte[] { (10 << 3) | 3 }, (1UL << 20) + 3 * (1UL << 17))]
    [InlineData(0x20, new byte[] { 200 }, 200UL)]
    [InlineData(0x61, new byte[] { 9, 0x34, 0x12 }, 0x1234UL + 256)]
    [InlineData(0xA2, new byte[] { 9, 9, 4, 3, 2, 1 }, 0x01020304UL)]
    [InlineData(0xE3, new byte[] { 9, 9, 9, 9, 8, 7, 6, 5, 4, 3, 2, 1 }, 0x0102030405060708UL)]
    public void A_frame_says_how_large_its_window_is(byte descriptor, byte[] rest, ulong window)
    {
        byte[] header = [0x28, 0xB5, 0x2F, 0xFD, descriptor, .. rest];
        Assert.Equal(window, ZstdFrame.WindowOf([.. header, 1, 2]));
        Assert.Equal(window, ZstdFrame.WindowOf(header));
        Assert.Null(ZstdFrame.WindowOf(header.AsSpan(0, header.Length - 1)));
    }

    [Fact]
    public void A_frame_in_one_segment_wants_a_window_as_large_as_its_content()
    {
        var frame = new byte[20];
        ((byte[])[0x28, 0xB5, 0x2F, 0xFD, 0xE0]).CopyTo(frame, 0);
        BinaryPrimitives.WriteInt64LittleEndian(frame.AsSpan(5), 1L << 40);
        var error = Assert.Throws<CompressionException>(() => Read(Decompressor.Open(new MemoryStream(frame))));
        Assert.Contains("1099511627776", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cut", "layer_damaged")]
    [InlineData("window", "layer_limit_exceeded")]
    [InlineData("bzip2", "unsupported_compression")]
    public void A_layer_says_that_it_is_the_one(string what, string code)
    {
        var blob = Wrong(what);
        var digest = Digest.Sha256(blob);
        using var layer = new LayerStream(new MemoryStream(blob), digest);
        var error = Assert.Throws<LoamException>(() => Read(layer));
        Assert.Equal(code, error.Code.Name);
        Assert.Equal(digest.ToString(), error.Details["layer"]);
        Assert.StartsWith($"layer {digest}: ", error.Message, StringComparison.Ordinal);
        Assert.Equal(what == "window", error.Hint == CompressionException.WindowHint);
    }

    [Theory]
    [InlineData("cut", "archive_damaged")]
    [InlineData("window", "archive_limit_exceeded")]
    [InlineData("bzip2", "unsupported_compression")]
    [InlineData("bomb", "archive_limit_exceeded")]
    [InlineData("header", "archive_limit_exceeded")]
    [InlineData("trailer", "archive_damaged")]
    public async Task An_archive_does_not_speak_of_layers(string what, string code)
    {
        using var folder = new TemporaryFolder();
        var error = await Assert.ThrowsAsync<LoamException>(() => new ArchiveLoader(ImageStore.Open(folder["state"])).LoadAsync(
            ArchiveSource.FromStream(new MemoryStream(Wrong(what))), new LoadOptions { Limits = new ArchiveLimits { MaximumBytes = 3 << 20 } }, null, Token));
        Assert.Equal(code, error.Code.Name);
        for (Exception? e = error; e is not null; e = e.InnerException)
        {
            Assert.DoesNotContain("layer", e.Message, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Theory]
    [InlineData(4999)]
    [InlineData(5001)]
    public void A_block_of_another_length_is_refused(int length)
    {
        var frame = ZstdBlock.Compress(Content).ToArray();
        var content = new byte[Content.Length];
        ZstdBlock.Decompress(frame, content);
        Assert.Equal(Content, content);
        Assert.Equal(CompressionError.Damaged, Assert.Throws<CompressionException>(() => ZstdBlock.Decompress(frame, new byte[length])).Error);
    }

    [Fact]
    public void A_compressed_archive_is_one_frame_that_zstd_reads()
    {
        Tools.Require("zstd");
        var output = new MemoryStream();
        using (var zstd = new ZstdCompressStream(output))
        {
            for (var i = 0; i < 100; i++)
            {
                zstd.Write(Content);
            }
        }

        Assert.Equal([.. Enumerable.Repeat(Content, 100).SelectMany(part => part)], Tools.Filter("zstd", ["-dc"], output.ToArray()));
        Assert.InRange(output.Length, 5000, 20_000);
        Assert.NotEqual(0, output.ToArray()[4] & 4); // The checksum flag (RFC 8878, 3.1.1.1.1).
    }

    private static byte[] Wrong(string what)
    {
        Tools.Require("zstd");
        var tar = new TarAuthor().File("a", what == "bomb" ? new byte[4 << 20] : Content).End();
        return what switch
        {
            "cut" => TestImage.Compress(tar, LayerForm.Gzip)[..^9],
            "window" => Tools.Filter("zstd", ["-q", "-c", "--long=30"], tar),
            "bzip2" => [.. "BZh91AY"u8, .. tar],
            "header" => new TarAuthor().File("a", xattrs: [new Filesystems.XAttr("user.x", new byte[2 << 20])]).End(),
            "trailer" => [.. tar, 1],
            _ => tar,
        };
    }

    private static byte[] Read(Stream stream)
    {
        using (stream)
        {
            var copy = new MemoryStream();
            stream.CopyTo(copy);
            return copy.ToArray();
        }
    }
}
