using Loam.Cli.Output;

namespace Loam.Cli.Tests.InProcess;

/// <summary>Sizes, times, digests and columns.</summary>
public sealed class FormatTests
{
    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(999, "999 B")]
    [InlineData(1000, "1 kB")]
    [InlineData(1049, "1 kB")]
    [InlineData(1051, "1.1 kB")]
    [InlineData(999_949, "999.9 kB")]
    [InlineData(999_950, "1 MB")]
    [InlineData(268_435_456, "268.4 MB")]
    [InlineData(1_447_325_696, "1.4 GB")]
    [InlineData(3_000_000_000_000, "3 TB")]
    [InlineData(long.MaxValue, "9223.4 PB")]
    public void Sizes_are_decimal_with_one_digit(long bytes, string text) => Assert.Equal(text, Sizes.Format(bytes));

    [Fact]
    public void Times_are_in_utc_to_the_second() => Assert.Equal("2026-01-31T12:14:15Z", Times.Format(Samples.Time));

    [Fact]
    public void Digests_keep_the_algorithm_and_twelve_digits() =>
        Assert.Equal($"sha256:{Samples.DigestOf("x").Hex[..12]}", Digests.Short(Samples.DigestOf("x")));

    [Fact]
    public void Columns_are_as_wide_as_their_widest_cell_and_two_spaces_apart_and_end_without_spaces()
    {
        var text = Columns.Format([["NAME", "SIZE", "X"], ["a", "100 kB", ""], ["longer", "", "y"], ["", "", ""]]);
        Assert.Equal("NAME    SIZE    X\na       100 kB\nlonger          y\n", text);
        using var writer = new StringWriter();
        Columns.Write(writer, [["a", "b"]]);
        Assert.Equal("a  b\n", writer.ToString());
    }

    private static readonly VersionJson Version = new("1", "r", new DateOnly(2028, 11, 14), false, "p");

    [Fact]
    public void Results_are_json_or_text_or_the_essential()
    {
        void Write(Results results) => results.Write(Version, CliJson.Indented.VersionJson, () => "all of it", () => "it");
        Assert.Equal(
            """
            {
              "version": "1",
              "runtime": "r",
              "runtime_support_ends": "2028-11-14",
              "native": false,
              "platform": "p"
            }

            """,
            Samples.Print(Write, json: true));
        Assert.Equal(Samples.Print(Write, json: true), Samples.Print(Write, json: true, quiet: true));
        Assert.Equal("all of it\n", Samples.Print(Write));
        Assert.Equal("it\n", Samples.Print(Write, quiet: true));
    }

    [Fact]
    public void An_empty_result_prints_nothing_and_the_other_forms_are_not_made()
    {
        Assert.Equal("", Samples.Print(results =>
            results.Write(Version, CliJson.Indented.VersionJson, () => throw new InvalidOperationException(), () => ""), quiet: true));
        Assert.Equal("rows\n", Samples.Print(results => results.Write<VersionJson>(
            () => throw new InvalidOperationException(),
            CliJson.Indented.VersionJson,
            output => output.Write("rows\n"),
            _ => throw new InvalidOperationException())));
    }

    [Fact]
    public void Json_has_signs_and_letters_as_they_are_and_leaves_out_what_does_not_apply()
    {
        var json = Samples.Print(results => results.Write(
            new PlatformJson("it's +é", "a", null) is var platform ? new ImageListJson([ImageJson.From(Samples.Image()) with { Platform = platform }]) : null!,
            CliJson.Indented.ImageListJson,
            () => "",
            () => ""), json: true);
        Assert.Contains("\"it's +é\"", json, StringComparison.Ordinal);
        Assert.DoesNotContain("variant", json, StringComparison.Ordinal);
    }
}
