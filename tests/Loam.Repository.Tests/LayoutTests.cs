using System.Text.RegularExpressions;

namespace Loam.Repository.Tests;

/// <summary>Where the structures of a disk have their fields is said in <c>Ext4/Layout</c> alone, with the kernel's own names
/// beside it: whoever looks for <c>i_links_count</c> finds it.</summary>
public sealed partial class LayoutTests
{
    private const string Ext4 = "src/Loam.Filesystems/Ext4";

    [Theory]
    [InlineData("Reading")]
    [InlineData("Writing")]
    [InlineData("Resizing")]
    public void No_half_knows_where_a_field_stands(string half) => Assert.Empty(
        Checkout.Sources($"{Ext4}/{half}").SelectMany(path => Faults(path, FieldByNumber())));

    [Fact]
    public void Every_field_has_the_kernels_name_beside_it()
    {
        var layout = Checkout.Sources($"{Ext4}/Layout").ToList();
        Assert.Empty(layout.SelectMany(path => Faults(path, NamelessField())));
        Assert.True(layout.Sum(path => File.ReadLines(path).Count(line => NamedField().IsMatch(line))) > 150, "hardly any field was found");
    }

    [Fact]
    public void Faults_are_found()
    {
        Assert.Matches(FieldByNumber(), "        block.PutLe16(at + 4, length);");
        Assert.Matches(FieldByNumber(), "        var flags = block.Be32(0x28);");
        Assert.Matches(FieldByNumber(), "        BinaryPrimitives.WriteUInt32LittleEndian(block, inode);");
        Assert.Matches(FieldByNumber(), "    private const int Links = 0x1A;");
        Assert.Matches(NamelessField(), "    public const int Links = 0x1A;");
    }

    private static IEnumerable<string> Faults(string path, Regex fault) => File.ReadLines(path)
        .Select((line, number) => (line, number))
        .Where(item => fault.IsMatch(item.line))
        .Select(item => $"{Path.GetRelativePath(Checkout.Root, path)}:{item.number + 1}: {item.line.Trim()}");

    /// <summary>A place that is a number, or a number in hexadecimal that is no part of a message.</summary>
    [GeneratedRegex(@"\.(?:Put)?[LB]e(?:16|32|64)\((?:[^,)]*\+ )?\d|BinaryPrimitives\.(?:Read|Write)|[^\w\\]0x[0-9A-F]")]
    private static partial Regex FieldByNumber();

    [GeneratedRegex(@"const int \w+ = 0x[0-9A-F]+;\s*$")]
    private static partial Regex NamelessField();

    [GeneratedRegex(@"const \w+ \w+ = .*; // \w")]
    private static partial Regex NamedField();
}
