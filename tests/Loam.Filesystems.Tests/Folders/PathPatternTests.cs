using Loam.Filesystems.Folders;

namespace Loam.Filesystems.Tests;

public sealed class PathPatternTests
{
    [Theory]
    [InlineData("a*c", "abc", true)]
    [InlineData("a*c", "ac", true)]
    [InlineData("a*c", "abd", false)]
    [InlineData("a*c", "x/abc", true)]
    [InlineData("/a*c", "x/abc", false)]
    [InlineData("a/*", "a/b", true)]
    [InlineData("a/*", "a/b/c", false)]
    [InlineData("a/**", "a/b/c", true)]
    [InlineData("a/**", "a", false)]
    [InlineData("**/c", "c", true)]
    [InlineData("**/c", "a/b/c", true)]
    [InlineData("**/c", "a/bc", false)]
    [InlineData("a/**/c", "a/c", true)]
    [InlineData("a/**/c", "a/x/y/c", true)]
    [InlineData("a/**/c", "a/xc", false)]
    [InlineData("a/**/b/**/c", "a/1/b/2/3/c", true)]
    [InlineData("a/**/b/**/c", "a/1/2/3/c", false)]
    [InlineData("/a**c", "a/b/c", true)]
    [InlineData("caf?", "café", true)]
    [InlineData("caf?", "caf", false)]
    [InlineData("/a?b", "a/b", false)]
    [InlineData("é*", "était", true)]
    [InlineData("\\*", "*", true)]
    [InlineData("\\*", "a", false)]
    [InlineData("a\\", "a\\", true)]
    [InlineData("x", "X", false)]
    [InlineData("😀?", "😀😀", true)]
    public void Patterns_stand_for_paths(string pattern, string path, bool expected) =>
        Assert.Equal(expected, new PathPattern(pattern).Matches(TreePath.Parse(path), isFolder: false));

    [Fact]
    public void Bytes_that_are_no_text_are_characters()
    {
        Assert.True(new PathPattern("a?b").Matches(TreePath.Parse([(byte)'a', 0xFF, (byte)'b']), isFolder: false));
        Assert.False(new PathPattern("aÿb").Matches(TreePath.Parse([(byte)'a', 0xFF, (byte)'b']), isFolder: false));
        Assert.True(new PathPattern("*").Matches(TreePath.Parse([0xC3]), isFolder: false));
    }

    [Fact]
    public void A_slash_at_the_end_means_folders()
    {
        Assert.True(new PathPattern("a/").Matches(TreePath.Parse("x/a"), isFolder: true));
        Assert.False(new PathPattern("a/").Matches(TreePath.Parse("x/a"), isFolder: false));
        Assert.True(new PathPattern("a").Matches(TreePath.Parse("x/a"), isFolder: true));
    }

    [Fact]
    public void No_name_makes_a_pattern_slow()
    {
        var pattern = new PathPattern("/" + string.Concat(Enumerable.Repeat("**a*", 30)) + "b");
        var watch = System.Diagnostics.Stopwatch.StartNew();
        Assert.False(pattern.Matches(TreePath.Parse(string.Concat(Enumerable.Repeat(new string('a', 200) + "/", 20))), isFolder: false));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), $"{watch.Elapsed}");
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("//")]
    public void What_stands_for_nothing_is_refused(string pattern) => Assert.Throws<ArgumentException>(() => new PathPattern(pattern));
}
