using System.Text;

namespace Loam.Filesystems.Tests;

public sealed class DirectoryNodeTests
{
    private readonly DirectoryNode _directory = new(Trees.Folder);

    [Fact]
    public void Names_are_counted_where_they_come_and_go()
    {
        var (one, other) = (Trees.File(), Trees.File());
        Assert.Null(_directory.Set("a", one));
        Assert.Null(_directory.Set("b"u8, one));
        Assert.Equal((2, 2), (one.LinkCount, _directory.Count));
        Assert.Null(_directory.Set("a", one));
        Assert.Equal(2, one.LinkCount);
        Assert.Same(one, _directory.Set("a", other));
        Assert.Equal((1, 1), (one.LinkCount, other.LinkCount));
        Assert.True(_directory.Remove("b", out var removed));
        Assert.Same(one, removed);
        Assert.False(_directory.Remove("b"u8, out _));
        Assert.Equal((0, 1), (one.LinkCount, _directory.Count));
        Assert.Same(other, _directory.Find("a"u8));
        Assert.Null(_directory.Find("b"));
    }

    [Theory]
    [InlineData("", FilesystemError.InvalidName)]
    [InlineData(".", FilesystemError.InvalidName)]
    [InlineData("..", FilesystemError.InvalidName)]
    [InlineData("a/b", FilesystemError.InvalidName)]
    [InlineData("a\0", FilesystemError.InvalidName)]
    public void What_is_no_name_is_refused(string name, FilesystemError error)
    {
        Assert.Equal(error, Assert.Throws<FilesystemException>(() => _directory.Set(name, Trees.File())).Error);
        Assert.Equal(0, _directory.Count);
    }

    [Fact]
    public void Names_have_255_bytes_at_most()
    {
        _directory.Set(new string('x', 255), Trees.File());
        _directory.Set("...", Trees.File());
        Assert.Equal(FilesystemError.NameTooLong, Assert.Throws<FilesystemException>(() => _directory.Set(new string('x', 256), Trees.File())).Error);
        Assert.Equal(FilesystemError.NameTooLong, Assert.Throws<FilesystemException>(() => _directory.Set(new string('é', 128), Trees.File())).Error);
    }

    [Fact]
    public void A_file_has_65000_names_at_most()
    {
        var file = Trees.File();
        for (var i = 0; i < FileTree.MaximumLinks; i++)
        {
            _directory.Set(Encoding.ASCII.GetBytes($"{i}"), file);
        }

        Assert.Equal(65_000, file.LinkCount);
        Assert.Equal(FilesystemError.TooManyLinks, Assert.Throws<FilesystemException>(() => _directory.Set("more", file)).Error);
        Assert.Null(_directory.Find("more"));
    }

    [Fact]
    public void Names_are_bytes_in_byte_order()
    {
        foreach (var name in (byte[][])[[0xFF], [(byte)'a', 0x80], [(byte)'a'], [(byte)'B'], [(byte)'a', (byte)'b']])
        {
            _directory.Set(name, Trees.File());
        }

        Assert.Equal(["42", "61", "6162", "6180", "FF"], _directory.Sorted().Select(entry => Convert.ToHexString(entry.Key)));
        Assert.Equal(5, _directory.Entries.Count);
    }

    [Fact]
    public void Null_is_refused()
    {
        Assert.Throws<ArgumentNullException>(() => _directory.Set("a", null!));
        Assert.Throws<ArgumentNullException>(() => _directory.Set((string)null!, Trees.File()));
        Assert.Throws<ArgumentNullException>(() => _directory.Find((string)null!));
        Assert.Throws<ArgumentNullException>(() => _directory.Remove((string)null!, out _));
    }
}
