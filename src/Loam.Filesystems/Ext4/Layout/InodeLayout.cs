namespace Loam.Filesystems.Ext4.Layout;

/// <summary>Where an inode's fields stand, in bytes from its start (inodes.rst, <c>struct ext4_inode</c>).</summary>
internal static class InodeLayout
{
    /// <summary>Bytes that every inode has; what follows them is there in larger inodes only.</summary>
    public const int OldSize = 128;

    public const int RootBytes = 60;

    public const int Mode = 0x00;
    public const int UidLow = 0x02;
    public const int SizeLow = 0x04;
    public const int Accessed = 0x08;
    public const int Changed = 0x0C;
    public const int Modified = 0x10;
    public const int GidLow = 0x18;
    public const int Links = 0x1A;
    public const int SectorsLow = 0x1C;
    public const int Flags = 0x20;
    public const int Root = 0x28;
    public const int Generation = 0x64;
    public const int XAttrBlockLow = 0x68;
    public const int SizeHigh = 0x6C;
    public const int SectorsHigh = 0x74;
    public const int XAttrBlockHigh = 0x76;
    public const int UidHigh = 0x78;
    public const int GidHigh = 0x7A;
    public const int ChecksumLow = 0x7C;
    public const int ExtraSize = 0x80;
    public const int ChecksumHigh = 0x82;
    public const int ChangedExtra = 0x84;
    public const int ModifiedExtra = 0x88;
    public const int AccessedExtra = 0x8C;
    public const int Created = 0x90;
    public const int CreatedExtra = 0x94;
}
