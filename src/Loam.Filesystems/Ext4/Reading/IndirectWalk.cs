using Loam.Filesystems.Ext4.Layout;
using Loam.Filesystems.Tree;

namespace Loam.Filesystems.Ext4.Reading;

/// <summary>Walks the block map of one file (ifork.rst, "Direct/Indirect Block Addressing"): twelve blocks, and blocks of
/// addresses one, two and three levels deep.</summary>
internal sealed class IndirectWalk(SuperblockView super, BlockReader blocks, FileBlocks owners, StoredInode inode, List<Extent> found)
{
    private readonly int _perBlock = super.BlockSize / BlockMap.AddressBytes;

    public void Run()
    {
        AddAddresses(inode.Root[..(BlockMap.DirectBlocks * BlockMap.AddressBytes)], 0, levels: 0);
        long logical = BlockMap.DirectBlocks;
        long span = _perBlock;
        for (var levels = 1; levels <= BlockMap.Levels && logical < inode.FileBlocks; levels++)
        {
            AddAddresses(inode.Root.Slice(BlockMap.OffsetOf(levels), BlockMap.AddressBytes), logical, levels);
            logical += span;
            span *= _perBlock;
        }

        if (inode.FileBlocks > logical && inode.Kind != ModeBits.Regular)
        {
            throw FilesystemException.Damage($"its length of {inode.Size} bytes is more than its map can hold", inode.Number);
        }
    }

    /// <param name="addresses">Addresses of content, or of further blocks of addresses.</param>
    /// <param name="logical">The file's block that the first one leads to.</param>
    /// <param name="levels">How many levels of addresses each leads through.</param>
    private void AddAddresses(ReadOnlySpan<byte> addresses, long logical, int levels)
    {
        var span = 1L;
        for (var level = 0; level < levels; level++)
        {
            span *= _perBlock;
        }

        for (var at = 0; at < addresses.Length && logical < inode.FileBlocks; at += BlockMap.AddressBytes, logical += span)
        {
            long block = addresses.Le32(at);
            if (block == 0)
            {
                continue;
            }

            if (levels == 0)
            {
                owners.Add(found, new Extent(logical, block, 1), inode);
                continue;
            }

            owners.Own(new BlockRange(block, 1), inode.Number);
            var bytes = new byte[super.BlockSize];
            blocks.Read(block, bytes, inode.Number);
            AddAddresses(bytes, logical, levels - 1);
        }
    }
}
