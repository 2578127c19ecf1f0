using Loam.Filesystems.Ext4.Layout;
using Loam.Filesystems.Tree;

namespace Loam.Filesystems.Ext4.Writing;

/// <summary>Inodes that no name leads to, as they stand on the disk.</summary>
internal sealed class ReservedInodes
{
    private const ushort Mode = ModeBits.Regular | 0b110_000_000;

    private readonly byte[] _journal = new byte[Format.InodeSize];
    private readonly byte[] _resize = new byte[Format.InodeSize];

    /// <summary>Describes them.</summary>
    /// <param name="journal">Where the journal stands.</param>
    /// <param name="resize">The map of the blocks that are kept for growth, and how many blocks it speaks of.</param>
    /// <param name="checksumSeed">What the file system's checksums start from.</param>
    public ReservedInodes(BlockRange journal, (byte[] Root, long Blocks) resize, uint checksumSeed)
    {
        Span<byte> root = stackalloc byte[InodeLayout.RootBytes];
        root.Clear();
        ExtentTree.WriteRoot(root, new BlockContent(null, journal.Count * Format.BlockSize, [new Extent(0, journal.Start, journal.Count)]));
        var journalInode = new InodeRecord
        {
            Mode = Mode,
            Size = journal.Count * Format.BlockSize,
            Links = 1,
            Flags = InodeLayout.ExtentsFlag,
            Blocks = journal.Count,
            Root = root,
        };
        journalInode.WriteTo(_journal, ChecksumStart.Of(checksumSeed, Format.JournalInode));
        var resizeInode = new InodeRecord
        {
            Mode = Mode,
            Size = Layout.ResizeInode.Size,
            Links = 1,
            Blocks = resize.Blocks,
            Root = resize.Root,
        };
        resizeInode.WriteTo(_resize, ChecksumStart.Of(checksumSeed, Format.ResizeInode));
    }

    /// <summary>The journal's inode, of which the superblock keeps a copy.</summary>
    public ReadOnlySpan<byte> Journal => _journal;

    /// <summary>The inode that keeps room for growth.</summary>
    public ReadOnlySpan<byte> Resize => _resize;
}
