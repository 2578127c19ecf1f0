using System.Text;
using Loam.Images;
using Loam.TestKit;

namespace Loam.Tests;

public sealed class ManifestTests
{
    private static readonly Digest Some = Digest.Sha256("x"u8);

    [Theory]
    [InlineData("linux/amd64", "linux/amd64")]
    [InlineData("linux/arm64/v8", "linux/arm64")]
    [InlineData("linux/arm/v7", "linux/arm/v7")]
    [InlineData("linux/arm/v6", "linux/arm/v6")]
    public void The_entry_for_the_platform_is_chosen(string wanted, string expected)
    {
        var index = Index("unknown/unknown", "linux/arm/v6", "linux/arm/v7", "linux/arm64/v8", "linux/amd64", "windows/amd64");
        Assert.Equal(expected, PlatformChoice.Choose(index, Platform.Parse(wanted), "x").Platform!.Normalize().ToString());
    }

    [Fact]
    public void An_older_variant_does_where_the_newest_is_missing() =>
        Assert.Equal("v6", PlatformChoice.Choose(Index("linux/arm/v5", "linux/arm/v6"), Platform.Parse("linux/arm/v7"), "x").Platform!.Variant);

    [Fact]
    public void A_missing_platform_names_those_there_are()
    {
        var error = Assert.Throws<LoamException>(() => PlatformChoice.Choose(Index("linux/amd64", "linux/arm/v7"), Platform.Parse("linux/arm/v6"), "x"));
        Assert.Equal(ErrorCodes.PlatformNotFound, error.Code);
        Assert.Contains("linux/amd64, linux/arm/v7", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_document_that_is_both_manifest_and_index_is_refused()
    {
        var both = Encoding.UTF8.GetBytes($$"""{"schemaVersion":2,"manifests":[],"layers":[],"config":{"mediaType":"a","digest":"{{Some}}","size":1} }""");
        Assert.Throws<LoamException>(() => ImageManifest.Parse(both));
        Assert.Throws<LoamException>(() => ImageIndex.Parse(both));
        var image = $$"""{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{{Some}}","size":1}""";
        Assert.Empty(ImageManifest.Parse(Encoding.UTF8.GetBytes($$"""{"schemaVersion":2,"layers":[],"config":{{image}} }""")).Layers);
        Assert.Equal(
            ErrorCodes.ManifestInvalid,
            Refuse($$"""{"schemaVersion":2,"layers":[],"config":{{image}},"manifests":[]}""", content => ImageManifest.Parse(content)));
        Assert.Equal(ErrorCodes.ManifestInvalid, Refuse("""{"schemaVersion":2,"manifests":[],"layers":[]}""", content => ImageIndex.Parse(content)));
        Assert.Equal(ErrorCodes.ManifestInvalid, Refuse($$"""{"schemaVersion":2,"manifests":[],"config":{{image}} }""", content => ImageIndex.Parse(content)));
        Assert.Empty(ImageIndex.Parse("""{"schemaVersion":2,"manifests":[]}"""u8).Manifests);

        static ErrorCode Refuse(string content, Action<byte[]> parse) => Assert.Throws<LoamException>(() => parse(Encoding.UTF8.GetBytes(content))).Code;
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    public void A_configuration_has_a_diff_ID_for_each_layer(int count, bool fits)
    {
        var manifest = ImageManifest.Parse(new TestImage().Add(new TarAuthor().File("a", "1").End()).Add(new TarAuthor().File("b", "1").End()).Manifest);
        var ids = string.Join(',', Enumerable.Repeat($"\"{Some}\"", count));
        var config = Encoding.UTF8.GetBytes($$$"""{"os":"linux","architecture":"amd64","rootfs":{"type":"layers","diff_ids":[{{{ids}}}]}}""");
        var failure = Record.Exception(() => ImageConfig.Parse(config, manifest));
        Assert.Equal(fits ? null : ErrorCodes.ManifestInvalid, (failure as LoamException)?.Code);
    }

    [Fact]
    public void Ten_thousand_mutations_end_in_typed_errors()
    {
        var image = new TestImage().Add(new TarAuthor().File("a", "b").End());
        var index = Encoding.UTF8.GetBytes(
            $$$"""{"schemaVersion":2,"manifests":[{"mediaType":"{{{TestImage.ManifestType}}}","digest":"{{{Some}}}","size":3"""
            + ""","platform":{"os":"linux","architecture":"arm","variant":"v7"}}]}""");
        var manifest = ImageManifest.Parse(image.Manifest);
        var random = new Random(1);
        var refused = 0;
        for (var i = 0; i < 10_000; i++)
        {
            var source = (i % 3) switch { 0 => image.Manifest, 1 => image.Config, _ => index };
            var mutated = Mutation.Of(source, random);
            try
            {
                _ = ManifestJson.MediaTypeOf(mutated);
                switch (i % 3)
                {
                    case 0:
                        ImageManifest.Parse(mutated);
                        break;
                    case 1:
                        ImageConfig.Parse(mutated, manifest);
                        break;
                    default:
                        PlatformChoice.Choose(ImageIndex.Parse(mutated), Platform.Parse("linux/arm/v7"), "x");
                        break;
                }
            }
            catch (LoamException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 1000, 9999);
    }

    private static ImageIndex Index(params string[] platforms) => new([.. platforms.Select(platform => new Descriptor
    {
        MediaType = TestImage.ManifestType,
        Digest = Some,
        Size = 1,
        Platform = Platform.Parse(platform) with { Variant = platform.Split('/').ElementAtOrDefault(2) },
    })]);
}
