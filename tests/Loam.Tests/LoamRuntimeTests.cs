namespace Loam.Tests;

/// <summary>What the runtime is, and for how long it is supported.</summary>
public sealed class LoamRuntimeTests
{
    [Theory]
    [InlineData("9.0.20", "2026-11-10", true, ".NET 9.0.20, supported until 2026-11-10")]
    [InlineData("9.0.20", "2026-11-11", false, ".NET 9.0.20, out of support since 2026-11-10")]
    [InlineData("8.0.1", "2026-11-11", false, ".NET 8.0.1, out of support since 2026-11-10")]
    [InlineData("10.0.1", "2028-11-14", true, ".NET 10.0.1, supported until 2028-11-14")]
    [InlineData("10.0.1", "2028-11-15", false, ".NET 10.0.1, out of support since 2028-11-14")]
    [InlineData("6.0.0", "2026-01-01", false, ".NET 6.0.0, out of support since 2024-11-12")]
    [InlineData("12.0.0", "2030-01-01", null, ".NET 12.0.0")]
    public void Support_ends_on_a_day(string version, string today, bool? supported, string text)
    {
        var runtime = LoamRuntime.Of($".NET {version}", Version.Parse(version));
        var day = DateOnly.ParseExact(today, "yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(supported, runtime.IsSupported(day));
        Assert.Equal(text, runtime.Describe(day));
    }

    [Fact]
    public void The_current_one_is_that_of_this_process()
    {
        Assert.Equal(Environment.Version, LoamRuntime.Current.Version);
        Assert.StartsWith(".NET", LoamRuntime.Current.Name, StringComparison.Ordinal);
    }
}
