using FsCheck;
using FsCheck.Fluent;

namespace Loam.Tests;

public sealed class ImageReferenceTests
{
    private const string Hex = "c4e5b27bf840ba1ebd5568b6b914f6926f3559b2ad4f505b1f37aae483b907d6";

    [Theory]
    [InlineData("alpine", "docker.io/library/alpine:latest")]
    [InlineData("org/app", "docker.io/org/app:latest")]
    [InlineData("docker.io/alpine:3", "docker.io/library/alpine:3")]
    [InlineData("index.docker.io/library/alpine", "docker.io/library/alpine:latest")]
    [InlineData("localhost/app", "localhost/app:latest")]
    [InlineData("localhost:5000/a/b/c:t", "localhost:5000/a/b/c:t")]
    [InlineData("[::1]:5000/app:t", "[::1]:5000/app:t")]
    [InlineData("[2001:db8::1]/app", "[2001:db8::1]/app:latest")]
    [InlineData("ghcr.io/o/a@sha256:" + Hex, "ghcr.io/o/a@sha256:" + Hex)]
    [InlineData("ghcr.io/o/a:1@sha256:" + Hex, "ghcr.io/o/a:1@sha256:" + Hex)]
    public void What_is_left_out_is_filled_in(string text, string full) => Assert.Equal(full, ImageReference.Parse(text).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("a/B")]
    [InlineData("a//b")]
    [InlineData("/a")]
    [InlineData("a:")]
    [InlineData("a:b:c")]
    [InlineData("a@sha256:12")]
    [InlineData("a@md5:" + Hex)]
    [InlineData("host.io:port/a")]
    [InlineData("a/-b")]
    [InlineData(Hex)]
    [InlineData("a b")]
    public void What_is_no_reference_is_refused(string text) =>
        Assert.Equal(ErrorCodes.InvalidReference, Assert.Throws<LoamException>(() => ImageReference.Parse(text)).Code);

    [Fact]
    public void Tags_have_128_characters_and_names_255_at_most()
    {
        Assert.Equal(new string('t', 128), ImageReference.Parse($"a:{new string('t', 128)}").Tag);
        Assert.False(ImageReference.TryParse($"a:{new string('t', 129)}", out _));
        Assert.True(ImageReference.TryParse($"r.io/{new string('a', 250)}", out _));
        Assert.False(ImageReference.TryParse($"r.io/{new string('a', 251)}", out _));
        foreach (var tag in (string[])["_x", "1.2-3_4", "A"])
        {
            Assert.Equal(tag, ImageReference.Parse($"a:{tag}").Tag);
        }

        foreach (var tag in (string[])[".x", "-x", "a+b", "ä"])
        {
            Assert.False(ImageReference.TryParse($"a:{tag}", out _));
        }
    }

    [Fact]
    public void Every_reference_reads_back_as_itself()
    {
        var host = Gen.Elements("docker.io", "ghcr.io", "localhost", "localhost:5000", "[::1]:80", "a-b.c.example:443", "127.0.0.1:5000");
        var part = Gen.Elements("a", "lib", "x__y", "a.b", "a-b", "0", "a--b");
        var reference = from h in host
                        from path in part.NonEmptyListOf()
                        from tag in Gen.Elements("", ":latest", ":v1.2_x-3")
                        from digest in Gen.Elements("", "@sha256:" + Hex)
                        select $"{h}/{string.Join('/', path.Take(5))}{tag}{digest}";
        Prop.ForAll(reference.ToArbitrary(), text =>
        {
            var parsed = ImageReference.Parse(text);
            Assert.Equal(parsed, ImageReference.Parse(parsed.ToString()));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void No_text_does_more_than_being_refused() =>
        Prop.ForAll<string>(text => ImageReference.TryParse(text ?? "", out var parsed) == (parsed is not null)).QuickCheckThrowOnFailure();
}
