using Loam.Filesystems.Ext4.Layout;
using Loam.Filesystems.Ext4.Writing;

namespace Loam.Filesystems;

/// <summary>
/// Writes an ext4 disk in one pass: contents through <see cref="Content"/> first, in any number, then
/// <see cref="Finish"/> puts all metadata behind them. What the front of the disk needs is set aside from the start.
/// </summary>
public sealed class Ext4Writer
{
    private readonly DiskFile _disk;
    private readonly Ext4Options _options;
    private readonly int _descriptorBlocks;
    private readonly uint _seed;

    /// <summary>Starts a disk.</summary>
    /// <param name="disk">A new, empty file.</param>
    /// <param name="options">What to make.</param>
    /// <exception cref="FilesystemException"><see cref="FilesystemError.DiskTooLarge"/>.</exception>
    public Ext4Writer(DiskFile disk, Ext4Options options)
    {
        _disk = disk;
        _options = options;
        _seed = ChecksumStart.Of(options.Uuid);
        _descriptorBlocks = Geometry.DescriptorBlocksFor(options.SizeBytes);
        Heap = new BlockHeap(disk, block => Geometry.ReservedFrom(block, _descriptorBlocks));
        Content = new ContentWriter(disk, Heap);
    }

    /// <summary>The blocks of the disk.</summary>
    public BlockHeap Heap { get; }

    /// <summary>Where contents go, one file after another, before <see cref="Finish"/>.</summary>
    public ContentWriter Content { get; }

    /// <summary>Writes all metadata of a tree whose contents are on the disk already, and ends the file system.</summary>
    /// <exception cref="FilesystemException">The tree does not fit the size or the format.</exception>
    public Ext4Summary Finish(FileTree tree, CancellationToken cancellationToken)
    {
        Heap.PunchFree();
        var contentBlocks = Heap.Used;
        var inodes = InodeNumbering.Number(tree);
        var placed = new NodePlacer(_disk, Heap, Content, _seed, _options.HashSeed).Place(tree, inodes, cancellationToken);
        var resizeTable = Heap.Allocate(1).Start;
        var geometry = ChooseGeometry(contentBlocks, inodes.Count);
        var journal = Heap.AllocateContiguous(geometry.JournalBlocks);
        var places = PlaceGroups(geometry);

        _disk.Write(journal.Start, JournalSuperblock.Create(geometry.JournalBlocks));
        var reserved = new ReservedInodes(journal, ResizeInode.Write(_disk, geometry, resizeTable), _seed);
        var directories = InodeTable.Write(_disk, geometry, places, _seed, reserved, inodes, placed, cancellationToken);

        var usedInodes = Format.FirstFreeInode - 1 + inodes.Count - 1L;
        var (descriptors, freeBlocks) = new BlockGroups(_disk, geometry, places, _seed).Write(Heap, usedInodes, directories);
        WriteSuperblocks(geometry, descriptors, NewSuperblock.Create(_options, geometry, freeBlocks, geometry.Inodes - usedInodes, reserved.Journal));
        _disk.SetLength(_options.SizeBytes ?? geometry.Blocks * Format.BlockSize);
        return new Ext4Summary(
            _options.SizeBytes ?? geometry.Blocks * Format.BlockSize,
            freeBlocks * Format.BlockSize,
            usedInodes,
            geometry.Inodes - usedInodes);
    }

    private Geometry ChooseGeometry(long contentBlocks, int inodes)
    {
        if (_options.SizeBytes is { } size)
        {
            return Geometry.Fixed(size, _descriptorBlocks, Heap, inodes + Format.FirstFreeInode);
        }

        var free = Math.Max(_options.MinimumFreeBytes / Format.BlockSize, contentBlocks * _options.FreePercent / 100);
        return Geometry.Fit(_descriptorBlocks, Heap, inodes + Format.FirstFreeInode, free);
    }

    private GroupPlaces[] PlaceGroups(Geometry geometry)
    {
        var tables = new long[geometry.Groups];
        for (var group = 0; group < tables.Length; group++)
        {
            tables[group] = Heap.AllocateContiguous(geometry.InodeTableBlocks).Start;
        }

        return [.. tables.Select(table => new GroupPlaces(table, Heap.AllocateContiguous(2).Start))];
    }

    private void WriteSuperblocks(Geometry geometry, byte[] descriptors, byte[] superblock)
    {
        for (var group = 0L; group < geometry.Groups; group = Format.NextSuperblock(group))
        {
            var block = new byte[Format.BlockSize];
            SuperblockLayout.Seal(superblock, group);

            // The first one leaves room for a boot loader; the copies do not.
            superblock.CopyTo(block.AsSpan(group == 0 ? SuperblockLayout.Size : 0));
            _disk.Write(group * Format.BlocksPerGroup, block);
            _disk.Write(group * Format.BlocksPerGroup + 1, descriptors);
        }
    }
}
