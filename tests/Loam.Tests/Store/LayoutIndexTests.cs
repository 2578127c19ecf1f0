using System.Text;
using System.Text.Json;
using Loam.Images;
using Loam.Store;
using Loam.TestKit;

namespace Loam.Tests.Store;

/// <summary>Names as they are written, as other tools write them, and as nobody should.</summary>
public sealed class LayoutIndexTests
{
    private const string Digest = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    [Fact]
    public void What_other_tools_write_is_read()
    {
        var read = LayoutIndexReader.Read(Encoding.UTF8.GetBytes(
            """{"schemaVersion":2,"annotations":{"a":"b"},"manifests":["""
            + $$$"""{"urls":["x"],"size":3,"digest":"{{{Digest}}}","mediaType":"m","data":"e30=","platform":"""
            + """{"architecture":"arm","os":"linux","variant":"v7","os.features":["f"]}"""
            + ""","annotations":{"k":"1","org.opencontainers.image.ref.name":"t","k":"2"}},"""
            + $$$"""{"mediaType":"m","digest":"{{{Digest}}}","size":0,"annotations":null,"platform":null,"artifactType":null}]}"""));
        Assert.Equal(2, read.Count);
        Assert.Equal(("m", 3L, Digest), (read[0].MediaType, read[0].Size, read[0].Digest.ToString()));
        Assert.Equal(new Platform { Os = "linux", Architecture = "arm", Variant = "v7" }, read[0].Platform);
        Assert.Equal("t", read[0].Name);
        Assert.Equal(KeyValuePair.Create("k", "2"), Assert.Single(read[0].Foreign));
        Assert.Null(read[1].Name);
        Assert.Empty(read[1].Foreign);
        Assert.Empty(LayoutIndexReader.Read("""{"manifests":[]}"""u8));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("{\"manifests\":{}}")]
    [InlineData("{\"manifests\":[1]}")]
    [InlineData("{\"manifests\":[null]}")]
    [InlineData("{\"manifests\":[{}]}")]
    [InlineData("{\"manifests\":[{\"mediaType\":\"m\",\"size\":1,\"digest\":\"sha256:0\"}]}")]
    [InlineData("{\"manifests\":[{\"mediaType\":\"m\",\"size\":-1,\"digest\":\"" + Digest + "\"}]}")]
    [InlineData("{\"manifests\":[{\"mediaType\":\"m\",\"size\":1.5,\"digest\":\"" + Digest + "\"}]}")]
    [InlineData("{\"manifests\":[{\"mediaType\":7,\"size\":1,\"digest\":\"" + Digest + "\"}]}")]
    [InlineData("{\"manifests\":[]}x")]
    [InlineData("{\"manifests\":[]")]
    public void What_is_no_index_is_an_error(string text) =>
        Assert.ThrowsAny<JsonException>(() => LayoutIndexReader.Read(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void What_was_read_is_written_again_with_what_other_tools_noted()
    {
        var text =
            $$$"""{"schemaVersion":2,"mediaType":"{{{MediaTypes.OciIndex}}}","manifests":["""
            + $$$"""{"mediaType":"m","digest":"{{{Digest}}}","size":3"""
            + ""","platform":{"os":"linux","architecture":"arm","variant":"v7"},"artifactType":"a/b","annotations":"""
            + """{"org.opencontainers.image.ref.name":"r.example/a:1","dev.loam.disk":"sha256-x/"""
            + $$$"""rootfs.ext4","dev.loam.index.digest":"{{{Digest}}}","z":"1","a":"2"}},"""
            + $$$"""{"mediaType":"m","digest":"{{{Digest}}}","size":0},"""
            + $$$"""{"mediaType":"m","digest":"{{{Digest}}}","size":0,"platform":{"os":"linux","architecture":"arm"},"annotations":{"a":"x"}}]}""";
        var read = LayoutIndexReader.Read(Encoding.UTF8.GetBytes(text));
        Assert.Equal(("r.example/a:1", "sha256-x/rootfs.ext4", Digest), (read[0].Name, read[0].Disk, read[0].Index.ToString()));
        Assert.Equal(text.Replace("+", "\\u002B", StringComparison.Ordinal), Encoding.UTF8.GetString(LayoutIndexWriter.Write(read).Span));
        Assert.Equal("a/b", read[0].Manifest.ArtifactType);
        Assert.Null(read[0].Manifest.Annotations);
    }

    [Fact]
    public void Every_field_that_Loam_writes_tells_names_apart()
    {
        var named = new NamedImage
        {
            Name = "r.example/a:1",
            MediaType = "m",
            Digest = Loam.Digest.Parse(Digest),
            Size = 1,
            Platform = Platform.Host,
            Disk = "d",
            Index = Loam.Digest.Parse(Digest),
        };
        Assert.Equal(named, named with { Foreign = [KeyValuePair.Create("k", "v")], Size = 2 });
        NamedImage[] others =
        [
            named with { Name = "r.example/a:2" }, named with { Disk = null }, named with { Index = null },
            named with { Platform = null }, named with { Digest = Loam.Digest.Sha256("x"u8) },
        ];
        Assert.All(others, other => Assert.NotEqual(named, other));
        Assert.True(named.LeadsTo(Loam.Digest.Parse(Digest)));
        Assert.True((named with { Digest = Loam.Digest.Sha256("x"u8) }).LeadsTo(Loam.Digest.Parse(Digest)));
        Assert.False(named.LeadsTo(Loam.Digest.Sha256("x"u8)));
    }

    [Fact]
    public void What_other_tools_noted_stays_while_the_name_leads_to_the_same_manifest()
    {
        var old = new NamedImage
        {
            Name = "r.example/a:1",
            MediaType = "m",
            Digest = Loam.Digest.Parse(Digest),
            Size = 1,
            Platform = Platform.Host,
            Foreign = [KeyValuePair.Create("k", "v")],
        };
        var other = old with { Name = "r.example/b:1" };
        IReadOnlyList<NamedImage> names = [old, other];
        Assert.Same(names, ImageStore.Bind(names, [old with { Foreign = [] }]));
        var again = ImageStore.Bind(names, [old with { Disk = "d", Foreign = [] }]);
        Assert.Equal([other, old with { Disk = "d" }], again);
        Assert.Equal(KeyValuePair.Create("k", "v"), Assert.Single(again[1].Foreign));
        Assert.Empty(ImageStore.Bind(names, [old with { Digest = Loam.Digest.Sha256("x"u8), Foreign = [] }])[1].Foreign);

        // Another platform stands beside it; without a platform a name is one of its own.
        var arm = Platform.Parse("linux/arm/v7");
        Assert.Equal([old, other, old with { Platform = arm }], ImageStore.Bind(names, [old with { Platform = arm }]));
    }

    [Fact]
    public void Damage_is_an_error_or_an_index_never_anything_else()
    {
        var whole = Encoding.UTF8.GetBytes(
            $$$"""{"schemaVersion":2,"manifests":[{"size":3,"digest":"{{{Digest}}}","mediaType":"m","platform":{"architecture":"arm","os":"linux"}"""
            + ""","annotations":{"org.opencontainers.image.ref.name":"t"}}]}""");
        var random = new Random(3);
        for (var i = 0; i < 20_000; i++)
        {
            try
            {
                LayoutIndexReader.Read(Mutation.Of(whole, random));
            }
            catch (JsonException)
            {
                // Foreseen.
            }
        }
    }
}
