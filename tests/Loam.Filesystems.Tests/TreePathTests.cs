namespace Loam.Filesystems.Tests;

public sealed class TreePathTests
{
    [Theory]
    [InlineData("./a//b/", "/a/b")]
    [InlineData("/etc/passwd", "/etc/passwd")]
    [InlineData("a/../b", "/b")]
    [InlineData("./", "/")]
    public void Paths_are_normalized(string raw, string expected) => Assert.Equal(expected, TreePath.Parse(raw).ToString());

    [Theory]
    [InlineData("..", FilesystemError.PathEscapesRoot)]
    [InlineData("a/../../b", FilesystemError.PathEscapesRoot)]
    [InlineData("a\0b", FilesystemError.InvalidName)]
    public void Hostile_paths_are_refused(string raw, FilesystemError error) =>
        Assert.Equal(error, Assert.Throws<FilesystemException>(() => TreePath.Parse(raw)).Error);

    [Fact]
    public void Long_names_and_paths_are_refused()
    {
        Assert.Throws<FilesystemException>(() => TreePath.Parse(new string('x', 256)));
        Assert.Throws<FilesystemException>(() => TreePath.Parse(string.Concat(Enumerable.Repeat("abc/", 1025))));
    }
}
