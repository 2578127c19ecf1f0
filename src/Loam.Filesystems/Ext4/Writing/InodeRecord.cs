using Loam.Filesystems.Ext4.Layout;

namespace Loam.Filesystems.Ext4.Writing;

/// <summary>An inode to be written (inodes.rst).</summary>
internal ref struct InodeRecord
{
    public ushort Mode;
    public uint Uid;
    public uint Gid;
    public long Size;
    public int Links;
    public uint Flags;
    public Timestamp Modified;

    /// <summary>Blocks it takes, of content, of extent trees and of attributes.</summary>
    public long Blocks;

    /// <summary>60 bytes: the extent tree's root, a short symlink's target, or a device's number.</summary>
    public ReadOnlySpan<byte> Root;

    /// <summary>Up to 96 bytes of extended attributes.</summary>
    public ReadOnlySpan<byte> XAttrs;

    /// <summary>The block with further attributes; 0 for none.</summary>
    public long XAttrBlock;

    public const int XAttrOffset = InodeLayout.OldSize + Format.ExtraInodeSize;
    public const int XAttrSize = Format.InodeSize - XAttrOffset;

    /// <summary>Writes the inode over 256 zero bytes.</summary>
    public readonly void WriteTo(Span<byte> inode, uint checksumSeed)
    {
        var sectors = Blocks * Format.SectorsPerBlock;
        inode.PutLe16(InodeLayout.Mode, Mode);
        inode.PutLe16(InodeLayout.UidLow, Uid);
        inode.PutLe16(InodeLayout.UidHigh, Uid >> 16);
        inode.PutLe16(InodeLayout.GidLow, Gid);
        inode.PutLe16(InodeLayout.GidHigh, Gid >> 16);
        inode.PutLe32(InodeLayout.SizeLow, Size);
        inode.PutLe32(InodeLayout.SizeHigh, Size >> 32);
        inode.PutLe16(InodeLayout.Links, Links);
        inode.PutLe32(InodeLayout.SectorsLow, sectors);
        inode.PutLe16(InodeLayout.SectorsHigh, sectors >> 32);
        inode.PutLe32(InodeLayout.Flags, Flags);
        Root.CopyTo(inode[InodeLayout.Root..]);
        inode.PutLe32(InodeLayout.XAttrBlockLow, XAttrBlock);
        inode.PutLe16(InodeLayout.XAttrBlockHigh, XAttrBlock >> 32);
        inode.PutLe16(InodeLayout.ExtraSize, Format.ExtraInodeSize);
        InodeTime.Put(inode, InodeLayout.Accessed, InodeLayout.AccessedExtra, Modified);
        InodeTime.Put(inode, InodeLayout.Changed, InodeLayout.ChangedExtra, Modified);
        InodeTime.Put(inode, InodeLayout.Modified, InodeLayout.ModifiedExtra, Modified);
        InodeTime.Put(inode, InodeLayout.Created, InodeLayout.CreatedExtra, Modified);
        XAttrs.CopyTo(inode[XAttrOffset..]);
        InodeLayout.Seal(inode, checksumSeed);
    }
}
