using Loam.Images;
using Loam.Store;

namespace Loam.Tests.Store;

/// <summary>Which names are meant by what a user writes.</summary>
public sealed class NameResolverTests
{
    private static readonly string First = "abcdef0" + new string('1', 57);
    private static readonly string Second = "abcdef9" + new string('2', 57);
    private static readonly string Index = "fedcba" + new string('3', 58);

    private static readonly NameResolver Resolver = new(
    [
        Named("docker.io/library/alpine:latest", First),
        Named("registry.example/team/alpine:3", First),
        Named("registry.example/team/multi:1", Second, Index, "amd64"),
        Named("registry.example/team/multi:1", new string('4', 64), Index, "arm64"),
        Named("docker.io/library/abcdef:latest", new string('5', 64)),
        Named("t", new string('6', 64)),
    ]);

    [Theory]
    [InlineData("alpine", 1)]
    [InlineData("docker.io/alpine:latest", 1)]
    [InlineData("alpine:3", 1)]
    [InlineData("team/alpine:3", 1)]
    [InlineData("registry.example/team/multi:1", 2)]
    [InlineData("abcdef0", 2)]
    [InlineData("sha256:abcdef01", 2)]
    [InlineData("fedcba", 2)]
    [InlineData("555555", 1)]
    [InlineData("t", 1)]
    public void It_is_found(string image, int names) => Assert.Equal(names, Resolver.Get(image).Count);

    [Fact]
    public void A_name_goes_before_a_digest() => Assert.Equal(new string('5', 64), Resolver.Get("abcdef")[0].Digest.Hex);

    [Theory]
    [InlineData("sha256:abcdef")]
    public void It_fits_several(string image)
    {
        var failure = Assert.Throws<LoamException>(() => Resolver.Get(image));
        Assert.Same(ErrorCodes.ImageAmbiguous, failure.Code);
        Assert.Contains("sha256:" + First, failure.Details["candidates"], StringComparison.Ordinal);
        Assert.Contains("sha256:" + Second, failure.Details["candidates"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("busybox")]
    [InlineData("abcde")]
    [InlineData("pine:3")]
    [InlineData("ABCDEF0")]
    [InlineData("")]
    [InlineData("sha256:")]
    [InlineData("../..")]
    public void It_is_not_here(string image) =>
        Assert.Same(ErrorCodes.ImageNotFound, Assert.Throws<LoamException>(() => Resolver.Get(image)).Code);

    private static NamedImage Named(string name, string hex, string? index = null, string architecture = "amd64") => new()
    {
        Name = name,
        MediaType = MediaTypes.OciManifest,
        Digest = Digest.Parse($"sha256:{hex}"),
        Size = 1,
        Platform = new Platform { Os = "linux", Architecture = architecture },
        Index = index is null ? null : Digest.Parse($"sha256:{index}"),
    };
}
