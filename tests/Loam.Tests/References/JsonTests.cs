using System.Text.Json;

namespace Loam.Tests.References;

/// <summary>Digests, references and platforms in JSON, and as values that can be parsed.</summary>
public sealed class JsonTests
{
    private static readonly Digest Some = Digest.Sha256("x"u8);

    [Fact]
    public void They_are_strings()
    {
        var all = (Some, ImageReference.Parse("alpine"), Platform.Parse("linux/arm/v7"));
        var json = JsonSerializer.Serialize(new { Digest = all.Item1, Reference = all.Item2, Platform = all.Item3 });
        Assert.Equal($$"""{"Digest":"{{Some}}","Reference":"docker.io/library/alpine:latest","Platform":"linux/arm/v7"}""", json);
        Assert.Equal(all.Item1, JsonSerializer.Deserialize<Digest>($"\"{Some}\""));
        Assert.Equal(all.Item2, JsonSerializer.Deserialize<ImageReference>("\"alpine\""));
        Assert.Equal(all.Item3, JsonSerializer.Deserialize<Platform>("\"linux/arm/v7\""));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<Digest>("\"sha256:0\""));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<ImageReference>("\"A B\""));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<Platform>("\"linux\""));
    }

    [Fact]
    public void A_descriptor_is_what_OCI_says()
    {
        var descriptor = new Descriptor { MediaType = "m", Digest = Some, Size = 3, Platform = Platform.Parse("linux/arm/v7") };
        var json = JsonSerializer.Serialize(descriptor);
        Assert.Equal($$$"""{"mediaType":"m","digest":"{{{Some}}}","size":3,"platform":{"os":"linux","architecture":"arm","variant":"v7"}}""", json);
        Assert.Equal(descriptor, JsonSerializer.Deserialize<Descriptor>(json));
        Assert.Equal(
            new Platform { Os = "linux", Architecture = "amd64" },
            JsonSerializer.Deserialize<Descriptor>(
                $$$"""{"mediaType":"m","digest":"{{{Some}}}","size":3"""
                + ""","platform":{"os.features":["a"],"architecture":"amd64","features":{"os":1},"os":"linux","variant":null}}""")!.Platform);
        Assert.All(
            (string[])["\"linux/amd64\"", "[]", "{}", "{\"os\":\"linux\"}", "{\"os\":null,\"architecture\":\"a\"}", "{\"os\":1,\"architecture\":\"a\"}", "7"],
            platform => Assert.ThrowsAny<JsonException>(
                () => JsonSerializer.Deserialize<Descriptor>($$"""{"mediaType":"m","digest":"{{Some}}","size":3,"platform":{{platform}}}""")));
    }

    [Fact]
    public void They_can_be_parsed_by_type()
    {
        Assert.Equal(Some, Parse<Digest>(Some.ToString()));
        Assert.Equal("docker.io/library/alpine:latest", Parse<ImageReference>("alpine").ToString());
        Assert.Equal("linux/amd64", Parse<Platform>("linux/x86_64").ToString());
        Assert.False(TryParse<Digest>("x"));
        Assert.False(TryParse<ImageReference>("A B"));
        Assert.False(TryParse<Platform>(null));
        Assert.True(TryParse<Platform>("linux/amd64"));
        Assert.Throws<ArgumentNullException>(() => Parse<Digest>(null!));
        Assert.Throws<ArgumentNullException>(() => Parse<ImageReference>(null!));
        Assert.Throws<ArgumentNullException>(() => Parse<Platform>(null!));
    }

    private static T Parse<T>(string text)
        where T : IParsable<T> => T.Parse(text, provider: null);

    private static bool TryParse<T>(string? text)
        where T : IParsable<T> => T.TryParse(text, provider: null, out _);
}
