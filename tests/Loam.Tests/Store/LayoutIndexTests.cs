using System.Text;
using System.Text.Json;
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
            $$$"""{"schemaVersion":2,"annotations":{"a":"b"},"manifests":[{"urls":["x"],"size":3,"digest":"{{{Digest}}}","mediaType":"m","data":"e30=","platform":{"architecture":"arm","os":"linux","variant":"v7","os.features":["f"]},"annotations":{"k":"1","org.opencontainers.image.ref.name":"t","k":"2"}},{"mediaType":"m","digest":"{{{Digest}}}","size":0,"annotations":null,"platform":null,"artifactType":null}]}"""));
        Assert.Equal(2, read.Count);
        Assert.Equal(("m", 3L, Digest), (read[0].MediaType, read[0].Size, read[0].Digest.ToString()));
        Assert.Equal(new Platform { Os = "linux", Architecture = "arm", Variant = "v7" }, read[0].Platform);
        Assert.Equal("t", ImageStore.NameOf(read[0]));
        Assert.Equal("2", read[0].Annotations!["k"]);
        Assert.Equal(2, read[0].Annotations!.Count);
        Assert.Null(read[1].Annotations);
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
    public void Damage_is_an_error_or_an_index_never_anything_else()
    {
        var whole = Encoding.UTF8.GetBytes(
            $$$"""{"schemaVersion":2,"manifests":[{"size":3,"digest":"{{{Digest}}}","mediaType":"m","platform":{"architecture":"arm","os":"linux"},"annotations":{"org.opencontainers.image.ref.name":"t"}}]}""");
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
