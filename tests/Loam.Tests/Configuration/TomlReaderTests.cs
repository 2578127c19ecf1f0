using System.Text;
using Loam.Configuration;
using Loam.TestKit;

namespace Loam.Tests;

/// <summary>The part of TOML that is read, and that the rest is refused.</summary>
public sealed class TomlReaderTests
{
    private const string Whole = """
        # a comment
        text = "a\tb\"c\\ \u00e9 \U0001F600" # behind it
        'literal key' = 'C:\no\escape # here'
        flag = true
        off=false
        number = -12
        list = [ "a", # one
          "b",
        ]
        empty = []
        inline = { a = "x", "b" = [1, 2], c = {} }
        dotted.name = "d"

        [table]
        x = "1"
        [table.sub]
        y = "2"
        [[many]]
        name = "first"
        [[many.inner]]
        z = "3"
        [[many.inner]]
        z = "4"
        [[many]]
        name = "second"
        """;

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    public void What_configurations_are_written_in_is_read(string lineEnd)
    {
        var root = Read(Whole.Replace("\n", lineEnd, StringComparison.Ordinal));
        Assert.Equal("a\tb\"c\\ é 😀", root.Text("text"));
        Assert.Equal(@"C:\no\escape # here", root.Text("literal key"));
        Assert.True(root.Flag("flag"));
        Assert.False(root.Flag("off"));
        Assert.Null(root.Flag("none"));
        Assert.Equal(-12L, root.Find("number"));
        Assert.Equal(["a", "b"], root.Texts("list")!);
        Assert.Empty(root.Texts("empty")!);
        Assert.Null(root.Texts("none"));
        Assert.Equal("x", root.Table("inline")!.Text("a"));
        Assert.Equal("d", root.Table("dotted")!.Text("name"));
        Assert.Equal("2", root.Table("table")!.Table("sub")!.Text("y"));
        var many = root.Tables("many");
        Assert.Equal(["first", "second"], many.Select(table => table.Text("name")));
        Assert.Equal(["3", "4"], many[0].Tables("inner").Select(table => table.Text("z")));
        Assert.Equal(24, many[1].Line);
    }

    [Theory]
    [InlineData("a", 1)]
    [InlineData("a =", 1)]
    [InlineData("a = b", 1)]
    [InlineData("a = 1.5", 1)]
    [InlineData("\na = 1979-05-27", 2)]
    [InlineData("a = \"x", 1)]
    [InlineData("a = \"x\ny\"", 1)]
    [InlineData("a = \"\"\"x\"\"\"", 1)]
    [InlineData("a = \"\\q\"", 1)]
    [InlineData("a = \"\\ud800\"", 1)]
    [InlineData("a = \"\\u12", 1)]
    [InlineData("a = true b", 1)]
    [InlineData("a = true\nb = true\na = false", 3)]
    [InlineData("[a]\n[a]", 2)]
    [InlineData("a = 1\n[a]", 2)]
    [InlineData("a = 1\n[[a]]", 2)]
    [InlineData("a = []\n[[a]]", 2)]
    [InlineData("[[a]]\n[a]", 2)]
    [InlineData("a = {}\n[a]", 2)]
    [InlineData("[a", 1)]
    [InlineData("[[a]", 1)]
    [InlineData("[]", 1)]
    [InlineData("a = [1, ", 1)]
    [InlineData("a = [1 2]", 1)]
    [InlineData("a = {b = 1,}", 1)]
    [InlineData("a = {b = 1", 1)]
    [InlineData("a = {\n}", 1)]
    [InlineData("a = \u0001", 1)]
    [InlineData("a = [[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]", 1)]
    public void The_rest_is_refused_by_line(string content, int line)
    {
        var error = Assert.Throws<LoamException>(() => Read(content));
        Assert.Equal(ErrorCodes.ConfigurationInvalid, error.Code);
        Assert.StartsWith($"f.conf:{line}: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Whatever_stands_there_is_read_or_refused()
    {
        var random = new Random(13);
        var source = Encoding.UTF8.GetBytes(Whole);
        var refused = 0;
        for (var i = 0; i < 5000; i++)
        {
            try
            {
                TomlReader.Read("f.conf", Mutation.Of(source, random));
            }
            catch (LoamException e)
            {
                Assert.Equal(ErrorCodes.ConfigurationInvalid, e.Code);
                refused++;
            }
        }

        Assert.InRange(refused, 500, 4999);
    }

    private static TomlTable Read(string content) => TomlReader.Read("f.conf", Encoding.UTF8.GetBytes(content));
}
