using System.Buffers.Binary;
using Loam.Filesystems.Ext4.Layout;

namespace Loam.Filesystems.Tests;

/// <summary>The structures of the disk at their bounds.</summary>
public sealed class Ext4LayoutTests
{
    private const long LastSecond = 0x3_7FFF_FFFF; // in the year 2446

    [Theory]
    [InlineData(0, 0)]
    [InlineData(-1, 999_999_999)]
    [InlineData(int.MinValue, 0)]
    [InlineData(int.MaxValue, 1)]
    [InlineData(int.MaxValue + 1L, 0)]
    [InlineData(uint.MaxValue, 5)]
    [InlineData(uint.MaxValue + 1L, 0)]
    [InlineData(LastSecond, 999_999_999)]
    public void Times_from_1901_to_2446_read_back(long seconds, uint nanoseconds) => Assert.Equal((seconds, nanoseconds), Store(seconds, nanoseconds));

    [Theory]
    [InlineData(LastSecond + 1, LastSecond)]
    [InlineData(long.MaxValue, LastSecond)]
    [InlineData(int.MinValue - 1L, int.MinValue)]
    [InlineData(long.MinValue, int.MinValue)]
    public void Times_beyond_become_the_nearest(long seconds, long kept) => Assert.Equal(kept, Store(seconds, 0).Seconds);

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(255, true)]
    [InlineData(256, false)]
    public void Attributes_have_names_of_1_to_255_bytes(int length, bool fits)
    {
        var attributes = XAttrs.Create(new XAttr("user." + new string('x', length), new byte[] { 1 }));
        var failure = Record.Exception(() => Assert.Equal(length, Assert.Single(XAttrNamespaces.ToDisk(attributes)).Name.Length));
        Assert.Equal(fits ? null : FilesystemError.InvalidXAttr, (failure as FilesystemException)?.Error);
    }

    [Fact]
    public void Access_lists_are_shorter_on_the_disk_and_of_the_one_version()
    {
        // Owner rwx, user 1000 r, mask r, others none (acl(5)).
        byte[] seen = [2, 0, 0, 0, 1, 0, 7, 0, 255, 255, 255, 255, 2, 0, 4, 0, 232, 3, 0, 0, 16, 0, 4, 0, 255, 255, 255, 255, 32, 0, 0, 0, 255, 255, 255, 255];
        var kept = PosixAcl.ToDisk(seen);
        Assert.Equal([1, 0, 0, 0, 1, 0, 7, 0, 2, 0, 4, 0, 232, 3, 0, 0, 16, 0, 4, 0, 32, 0, 0, 0], kept);
        Assert.Equal(seen, PosixAcl.FromDisk(kept));
        foreach (var version in (byte[])[0, 1, 3])
        {
            byte[] other = [version, .. seen[1..]];
            Assert.Equal(FilesystemError.InvalidXAttr, Assert.Throws<FilesystemException>(() => PosixAcl.ToDisk(other)).Error);
        }

        foreach (var wrong in (byte[][])[[], [2, 0, 0], seen[..^1], [2, 0, 0, 0, 3, 0, 7, 0, 255, 255, 255, 255]])
        {
            Assert.Equal(FilesystemError.InvalidXAttr, Assert.Throws<FilesystemException>(() => PosixAcl.ToDisk(wrong)).Error);
        }

        foreach (var wrong in (byte[][])[[], [2, .. kept[1..]], kept[..^1], kept[..14]])
        {
            Assert.Equal(FilesystemError.InvalidXAttr, Assert.Throws<FilesystemException>(() => PosixAcl.FromDisk(wrong)).Error);
        }
    }

    [Theory]
    [InlineData(0, 0, false)]
    [InlineData(255, 255, false)]
    [InlineData(256, 0, true)]
    [InlineData(0, 256, true)]
    [InlineData(8, 65_535, true)]
    [InlineData(4095, 1_048_575, true)]
    public void Device_numbers_beyond_a_byte_are_in_the_new_form(uint major, uint minor, bool isNew)
    {
        var root = new byte[60];
        InodeDevice.Put(root, major, minor);
        Assert.Equal((major, minor), InodeDevice.Get(root));
        Assert.Equal(isNew, BinaryPrimitives.ReadUInt32LittleEndian(root.AsSpan(4)) != 0);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(2, 0)]
    [InlineData(3, 1)]
    [InlineData(32_768 + 2, 1)]
    [InlineData(32_768 + 3, 3)]
    [InlineData(2 * 32_768, 3)]
    [InlineData(9 * 32_768, 9)]
    [InlineData((9 * 32_768) + 3, 25)]
    public void Room_for_superblocks_and_descriptors_is_kept_in_the_groups_that_have_copies(long block, long group) =>
        Assert.Equal(new BlockRange(group * 32_768, 3), Geometry.ReservedFrom(block, descriptorBlocks: 2));

    [Theory]
    [InlineData(0, 1)]
    [InlineData(3, 5)]
    [InlineData(7, 30)]
    [InlineData(8, 16)]
    [InlineData(5, 5)]
    public void Bits_are_set_and_cleared_from_one_to_the_one_before_another(int from, int to)
    {
        var bitmap = new byte[4];
        Bitmap.Set(bitmap, from, to);
        Assert.Equal(
            Enumerable.Range(0, 32).Select(bit => bit >= from && bit < to), Enumerable.Range(0, 32).Select(bit => (bitmap[bit / 8] >> (bit % 8) & 1) != 0));
        Bitmap.Clear(bitmap, from, to);
        Assert.All(bitmap, value => Assert.Equal(0, value));
    }

    private static (long Seconds, uint Nanoseconds) Store(long seconds, uint nanoseconds)
    {
        var inode = new byte[256];
        BinaryPrimitives.WriteUInt16LittleEndian(inode.AsSpan(0x80), 32); // i_extra_isize
        InodeTime.Put(inode, InodeLayout.Modified, InodeLayout.ModifiedExtra, new Timestamp(seconds, nanoseconds));
        return InodeTime.Get(inode, InodeLayout.Modified, InodeLayout.ModifiedExtra);
    }
}
