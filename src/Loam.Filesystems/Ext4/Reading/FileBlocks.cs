using Loam.Filesystems.Ext4.Layout;

namespace Loam.Filesystems.Ext4.Reading;

/// <summary>Finds the blocks of files, whichever way they are mapped, and sees to it that each block belongs to one
/// owner only: no map can lead in a circle, and no block is shared.</summary>
internal sealed class FileBlocks(SuperblockView super, BlockReader blocks, BlockClaims claims, ReadBudget budget, object disk)
{
    private const int ExtentBytes = 32;

    private readonly bool _shared = super.HasReadOnly(Features.SharedBlocks);

    /// <summary>The blocks of a file up to its length. Holes and blocks that were never written are left out.</summary>
    /// <exception cref="FilesystemException">The map is damaged.</exception>
    public IReadOnlyList<Extent> Map(StoredInode inode)
    {
        var found = new List<Extent>();
        if (inode.HasExtents)
        {
            new ExtentWalk(super, blocks, this, inode, found).Run();
        }
        else
        {
            new IndirectWalk(super, blocks, this, inode, found).Run();
        }

        return found.Count == 0 ? [] : found.ToArray();
    }

    /// <summary>The content of a regular file.</summary>
    /// <exception cref="FilesystemException">The map is damaged.</exception>
    public BlockContent ContentOf(StoredInode inode)
    {
        if (!inode.IsInline)
        {
            return new BlockContent(disk, inode.Size, Map(inode));
        }

        budget.TakeBytes(super.InodeSize);
        return new BlockContent(disk, InlineContent.ReadAll(inode));
    }

    /// <summary>Makes blocks somebody's.</summary>
    /// <exception cref="FilesystemException">They are not in the file system, or are somebody's already.</exception>
    public void Own(BlockRange range, uint? inode)
    {
        if (!blocks.Holds(range))
        {
            throw FilesystemException.Damage($"the block does not exist; there are {blocks.Blocks} blocks", inode, range.Start);
        }

        if (claims.Take(range) is { } taken)
        {
            throw FilesystemException.Damage("the block already belongs to something else", inode, taken);
        }
    }

    /// <summary>Adds blocks with content to a file's, joined to those before where they touch.</summary>
    public void Add(List<Extent> found, Extent extent, StoredInode inode)
    {
        if (_shared)
        {
            if (!blocks.Holds(extent.Range))
            {
                throw FilesystemException.Damage("the file points outside the file system", inode.Number, extent.Physical);
            }
        }
        else
        {
            Own(extent.Range, inode.Number);
        }

        extent = extent with { Count = Math.Min(extent.Count, inode.FileBlocks - extent.Logical) };
        if (extent.Count <= 0)
        {
            return;
        }

        if (found.Count > 0 && found[^1] is var last && last.Logical + last.Count == extent.Logical && last.Physical + last.Count == extent.Physical)
        {
            found[^1] = last with { Count = last.Count + extent.Count };
            return;
        }

        budget.TakeBytes(ExtentBytes);
        found.Add(extent);
    }
}
