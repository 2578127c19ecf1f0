using Loam.Filesystems.Tree;

namespace Loam.Filesystems.Tests;

public sealed class NodeTests
{
    [Theory]
    [InlineData("", false)]
    [InlineData("x", true)]
    [InlineData("a\0", false)]
    public void Links_lead_somewhere(string target, bool valid) => AssertLink(target, valid);

    [Fact]
    public void Links_have_4095_bytes_at_most()
    {
        AssertLink(new string('x', 4095), valid: true);
        AssertLink(new string('x', 4096), valid: false);
        Assert.Throws<ArgumentNullException>(() => new SymlinkNode(Trees.Plain, (string)null!));
    }

    [Theory]
    [InlineData(0xFFFu, 0xF_FFFFu, true)]
    [InlineData(0x1000u, 0u, false)]
    [InlineData(0u, 0x10_0000u, false)]
    public void Devices_have_Linux_12_and_20_bits(uint major, uint minor, bool valid)
    {
        if (valid)
        {
            var node = new SpecialNode(Trees.Plain, SpecialKind.BlockDevice, major, minor);
            Assert.Equal((major, minor), DeviceNumber.Decode(DeviceNumber.Encode(node.Major, node.Minor)));
        }
        else
        {
            Assert.Equal(
                FilesystemError.InvalidDevice,
                Assert.Throws<FilesystemException>(() => new SpecialNode(Trees.Plain, SpecialKind.BlockDevice, major, minor)).Error);
        }
    }

    [Fact]
    public void Device_numbers_are_packed_as_makedev_does()
    {
        Assert.Equal(0x0801u, DeviceNumber.Encode(8, 1));
        Assert.Equal(0x493103E0u, DeviceNumber.Encode(259, 300_000));
        Assert.Equal((259u, 300_000u), DeviceNumber.Decode(0x493103E0));
    }

    [Fact]
    public void A_mode_is_kind_and_permissions()
    {
        var metadata = Trees.Plain with { Permissions = 0xF9ED };
        Assert.Equal(
            [0x89ED, 0x49ED, 0xA9ED, 0x29ED, 0x69ED, 0x19ED, 0xC9ED],
            new FileNode[]
            {
                new RegularFileNode(metadata, FileContent.Empty), new DirectoryNode(metadata), new SymlinkNode(metadata, "x"),
                new SpecialNode(metadata, SpecialKind.CharacterDevice, 1, 2), new SpecialNode(metadata, SpecialKind.BlockDevice, 1, 2),
                new SpecialNode(metadata, SpecialKind.Fifo, 0, 0), new SpecialNode(metadata, SpecialKind.Socket, 0, 0),
            }.Select(node => (int)ModeBits.Of(node)));
    }

    [Fact]
    public void Metadata_can_be_made_of_what_NET_has()
    {
        var metadata = Metadata.Create(UnixFileMode.UserRead | UnixFileMode.SetUser, 1, 2, new Timestamp(3, 4), XAttrs.Create(new XAttr("user.x", default)));
        Assert.Equal(
            (0b100_100_000_000, 1u, 2u, new Timestamp(3, 4), "user.x="),
            (metadata.Permissions, metadata.Uid, metadata.Gid, metadata.Modified, metadata.XAttrs.ToString()));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.SetUser, metadata.Mode);
        Assert.Same(XAttrs.None, default(Metadata).XAttrs);
        Assert.Same(XAttrs.None, Metadata.Create(UnixFileMode.None).XAttrs);
        Assert.Equal((0b110_100_100, 0b111_101_101), (Metadata.File.Permissions, Metadata.ImpliedDirectory.Permissions));
    }

    [Fact]
    public void Attributes_are_a_set_in_the_order_of_their_names()
    {
        var attributes = XAttrs.Create(
            new XAttr("user.b", new byte[] { 1 }),
            new XAttr("user.B", new byte[] { 2 }),
            new XAttr("user.b", new byte[] { 3 }),
            new XAttr("security.x", default));
        Assert.Equal("security.x= user.B=02 user.b=03", attributes.ToString());
        Assert.Equal(new byte[] { 3 }, attributes.Find("user.b")!.Value.ToArray());
        Assert.Null(attributes.Find("user.c"));
        Assert.True(!attributes.IsEmpty && XAttrs.None.IsEmpty && XAttrs.Create().IsEmpty);
        Assert.Throws<ArgumentNullException>(() => XAttrs.Create(null!));
    }

    [Theory]
    [InlineData("user.x", true)]
    [InlineData("trusted.x", true)]
    [InlineData("security.capability", true)]
    [InlineData("system.posix_acl_access", true)]
    [InlineData("system.posix_acl_default", true)]
    [InlineData("system.nfs4_acl", false)]
    [InlineData("com.apple.quarantine", false)]
    [InlineData("user", false)]
    public void Linux_knows_its_namespaces(string name, bool known) => Assert.Equal(known, new XAttr(name, default).HasLinuxNamespace);

    [Fact]
    public void A_files_content_is_never_null()
    {
        Assert.Throws<ArgumentNullException>(() => new RegularFileNode(Trees.Plain, null!));
        Assert.Throws<ArgumentNullException>(() => new RegularFileNode(Trees.Plain, FileContent.Empty).Content = null!);
        Assert.Equal(0, FileContent.Empty.Size);
    }

    private static void AssertLink(string target, bool valid)
    {
        if (valid)
        {
            Assert.Equal(target.Length, new SymlinkNode(Trees.Plain, target).Target.Length);
        }
        else
        {
            Assert.Equal(FilesystemError.InvalidSymlink, Assert.Throws<FilesystemException>(() => new SymlinkNode(Trees.Plain, target)).Error);
        }
    }
}
