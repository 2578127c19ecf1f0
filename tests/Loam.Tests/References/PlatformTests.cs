namespace Loam.Tests.References;

/// <summary>Platforms as people, Go and kernels write them.</summary>
public sealed class PlatformTests
{
    [Theory]
    [InlineData("linux/amd64", "linux/amd64")]
    [InlineData("Linux/x86_64", "linux/amd64")]
    [InlineData("linux/x86-64/v1", "linux/amd64")]
    [InlineData("linux/x86_64/v3", "linux/amd64/v3")]
    [InlineData("linux/aarch64", "linux/arm64")]
    [InlineData("linux/arm64/v8", "linux/arm64")]
    [InlineData("linux/arm64/8", "linux/arm64")]
    [InlineData("linux/aarch64/v9", "linux/arm64/v9")]
    [InlineData("linux/i686", "linux/386")]
    [InlineData("linux/arm", "linux/arm/v7")]
    [InlineData("linux/arm/7", "linux/arm/v7")]
    [InlineData("linux/armhf", "linux/arm/v7")]
    [InlineData("linux/arm/6", "linux/arm/v6")]
    [InlineData("linux/armel", "linux/arm/v6")]
    [InlineData("linux/arm/5", "linux/arm/v5")]
    [InlineData("linux/riscv64", "linux/riscv64")]
    public void One_platform_has_one_name(string text, string name)
    {
        Assert.Equal(name, Platform.Parse(text).ToString());
        Assert.Equal(Platform.Parse(name), Platform.Parse(text));
    }

    [Theory]
    [InlineData("")]
    [InlineData("linux")]
    [InlineData("linux/")]
    [InlineData("/amd64")]
    [InlineData("linux/arm/")]
    [InlineData("linux/arm/v7/x")]
    [InlineData("linux/a b")]
    public void What_is_no_platform_is_refused(string text) =>
        Assert.Equal(ErrorCodes.InvalidPlatform, Assert.Throws<LoamException>(() => Platform.Parse(text)).Code);
}
