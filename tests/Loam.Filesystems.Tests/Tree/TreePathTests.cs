namespace Loam.Filesystems.Tests;

public sealed class TreePathTests
{
    [Theory]
    [InlineData("./a//b/", "/a/b")]
    [InlineData("/etc/passwd", "/etc/passwd")]
    [InlineData("a/../b", "/b")]
    [InlineData("a/b/../../c", "/c")]
    [InlineData("a/bc/../d", "/a/d")]
    [InlineData("a/..", "/")]
    [InlineData("./", "/")]
    [InlineData("", "/")]
    [InlineData(".../..a", "/.../..a")]
    public void Paths_are_normalized(string raw, string expected) => Assert.Equal(expected, TreePath.Parse(raw).ToString());

    [Theory]
    [InlineData("..", FilesystemError.PathEscapesRoot)]
    [InlineData("a/../../b", FilesystemError.PathEscapesRoot)]
    [InlineData("/..", FilesystemError.PathEscapesRoot)]
    [InlineData("a\0b", FilesystemError.InvalidName)]
    public void Hostile_paths_are_refused(string raw, FilesystemError error) =>
        Assert.Equal(error, Assert.Throws<FilesystemException>(() => TreePath.Parse(raw)).Error);

    [Fact]
    public void Names_have_255_bytes_and_paths_4096_at_most()
    {
        Assert.Equal(255, TreePath.Parse(new string('x', 255)).Name.Length);
        AssertTooLong(new string('x', 256));
        AssertTooLong("a/" + new string('x', 256) + "/..");
        var longest = string.Concat(Enumerable.Repeat("abc/", 1024));
        Assert.Equal(4095, TreePath.Parse(longest).Bytes.Length);
        AssertTooLong(longest + "a");

        static void AssertTooLong(string path) =>
            Assert.Equal(FilesystemError.NameTooLong, Assert.Throws<FilesystemException>(() => TreePath.Parse(path)).Error);
    }

    [Fact]
    public void A_path_has_a_name_and_a_parent()
    {
        var path = TreePath.Parse("usr/bin/env");
        Assert.Equal(("env", "/usr/bin", false), (Text(path.Name), path.Parent.ToString(), path.IsRoot));
        Assert.Equal("/usr", path.Parent.Parent.ToString());
        Assert.Equal(TreePath.Root, path.Parent.Parent.Parent);
        Assert.Equal((true, "", "/"), (TreePath.Root.IsRoot, Text(TreePath.Root.Name), TreePath.Root.Parent.ToString()));
        Assert.Equal(path, TreePath.Root.Append("usr").Append("bin"u8).Append("env"));
        var parts = new List<string>();
        foreach (var part in path.Split())
        {
            parts.Add(Text(path.Bytes[part]));
        }

        Assert.Equal(["usr", "bin", "env"], parts);
    }

    [Fact]
    public void Paths_are_equal_by_their_bytes()
    {
        var (a, b) = (TreePath.Parse("a/b"), TreePath.Parse("/a//b/"));
        Assert.True(a == b && a.Equals((object)b) && a.GetHashCode() == b.GetHashCode() && !(a != b));
        Assert.True(a != TreePath.Parse("a/c") && !a.Equals("a/b") && a != TreePath.Root);
    }

    [Fact]
    public void People_see_what_is_no_text_as_numbers()
    {
        Assert.Equal("a\\xff\\x0a\\x5c~\\x7f", TreePath.Display([(byte)'a', 0xFF, (byte)'\n', (byte)'\\', (byte)'~', 0x7F]));
        Assert.Equal(new string('x', 200), TreePath.Display(new string('x', 200).Select(c => (byte)c).ToArray()));
        Assert.Equal(new string('x', 200) + "…", TreePath.Display(new string('x', 201).Select(c => (byte)c).ToArray()));
    }

    [Fact]
    public void Null_is_refused()
    {
        Assert.Throws<ArgumentNullException>(() => TreePath.Parse((string)null!));
        Assert.Throws<ArgumentNullException>(() => TreePath.Root.Append((string)null!));
    }

    private static string Text(ReadOnlySpan<byte> bytes) => System.Text.Encoding.UTF8.GetString(bytes);
}
