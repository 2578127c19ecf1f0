using System.Globalization;
using System.Text.RegularExpressions;

namespace Loam.Repository.Tests;

/// <summary>No line of C# is longer than <c>max_line_length</c> of <c>.editorconfig</c>, which the formatter does not keep.</summary>
public sealed partial class LineTests
{
    /// <summary>The folders whose lines are kept.</summary>
    private static readonly string[] Folders = ["src", "tests", "eng", "samples"];

    private static int Maximum =>
        int.Parse(Setting().Match(File.ReadAllText(Path.Combine(Checkout.Root, ".editorconfig"))).Groups["length"].Value, CultureInfo.InvariantCulture);

    [Fact]
    public void No_line_is_too_long() => Assert.Equal("", string.Join('\n', Folders.SelectMany(Checkout.Sources).SelectMany(path =>
        TooLong(File.ReadLines(path)).Select(line => $"{Path.GetRelativePath(Checkout.Root, path)}:{line} is longer than {Maximum} characters"))));

    [Fact]
    public void Faults_are_found()
    {
        Assert.InRange(Maximum, 100, 200);
        Assert.All(Folders, folder => Assert.NotEmpty(Checkout.Sources(folder)));
        Assert.Equal([2], TooLong(["", new string('x', Maximum + 1), new string('x', Maximum)]));
    }

    private static IEnumerable<int> TooLong(IEnumerable<string> lines) =>
        lines.Select((line, index) => (line.Length, Number: index + 1)).Where(line => line.Length > Maximum).Select(line => line.Number);

    [GeneratedRegex(@"^max_line_length = (?<length>\d+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Setting();
}
