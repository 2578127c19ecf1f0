using Loam.Filesystems.Ext4.Layout;
using Loam.Filesystems.Ext4.Writing;

namespace Loam.Filesystems;

/// <summary>
/// Writes an ext4 disk in one pass: contents through <see cref="Content"/> first, in any number, then
/// <see cref="Finish"/> writes all metadata after them. What the front of the disk needs is set aside from the start.
/// </summary>
/// <example>
/// <code>
/// using var disk = DiskFile.Create("root.ext4");
/// var writer = new Ext4Writer(disk);
/// var tree = new FileTree();
/// tree.Put("etc/hostname", new RegularFileNode(Metadata.File, writer.Content.WriteFile("box\n"u8)));
/// using (var busybox = File.OpenRead("/bin/busybox"))
/// {
///     var content = await writer.Content.WriteFileAsync(busybox);
///     tree.Put("bin/busybox", new RegularFileNode(Metadata.File with { Permissions = 0b111_101_101 }, content));
/// }
///
/// tree.Put("bin/sh", new SymlinkNode(Metadata.File, "busybox"));
/// tree.Put("dev/null", new SpecialNode(Metadata.File, SpecialKind.CharacterDevice, 1, 3));
/// writer.Finish(tree);
/// </code>
/// </example>
public sealed class Ext4Writer
{
    private readonly DiskFile _disk;
    private readonly Ext4Options _options;
    private readonly int _descriptorBlocks;
    private bool _isFinished;

    /// <summary>Starts a disk.</summary>
    /// <param name="disk">A new, empty file.</param>
    /// <param name="options">What to make; null for a disk that fits its content.</param>
    /// <exception cref="ArgumentNullException"><paramref name="disk"/> is null.</exception>
    /// <exception cref="ArgumentException">An option has a value that no disk can have.</exception>
    /// <exception cref="FilesystemException"><see cref="FilesystemError.DiskTooLarge"/>.</exception>
    public Ext4Writer(DiskFile disk, Ext4Options? options = null)
    {
        ArgumentNullException.ThrowIfNull(disk);
        _disk = disk;
        _options = options ?? new Ext4Options();
        if (_options.FindFault() is { } fault)
        {
            throw new ArgumentException(fault, nameof(options));
        }

        _descriptorBlocks = Geometry.DescriptorBlocksFor(_options.SizeBytes);
        Heap = new BlockHeap(disk, block => Geometry.ReservedFrom(block, _descriptorBlocks));
        Content = new ContentWriter(disk, Heap, isSummed: _options.Uuid is null || _options.HashSeed is null);
    }

    /// <summary>The blocks of the disk.</summary>
    public BlockHeap Heap { get; }

    /// <summary>Where contents go, one file after another, before <see cref="Finish"/>.</summary>
    public ContentWriter Content { get; }

    /// <summary>Writes the contents of a tree's files, which are elsewhere so far; the files of the tree then have them.</summary>
    /// <param name="tree">The tree.</param>
    /// <param name="openContent">Opens the content of a file, as <see cref="FolderReader.OpenContent"/> does. Holes of a
    /// <see cref="SparseStream"/> are kept, and zeros become holes.</param>
    /// <param name="progress">Receives the number of bytes done so far; null for none.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="ArgumentNullException"><paramref name="tree"/> or <paramref name="openContent"/> is null.</exception>
    /// <exception cref="IOException">A content cannot be read, or the disk not be written.</exception>
    public void WriteContents(
        FileTree tree, Func<RegularFileNode, Stream> openContent, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tree);
        ArgumentNullException.ThrowIfNull(openContent);
        var done = 0L;
        var written = new HashSet<FileNode>(ReferenceEqualityComparer.Instance);
        foreach (var (_, node) in tree.Walk())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (node is RegularFileNode file && written.Add(file))
            {
                using var content = openContent(file);
                file.Content = Content.WriteFile(content, cancellationToken);
                done += file.Content.Size;
                progress?.Report(done);
            }
        }
    }

    /// <summary>Writes all metadata of a tree whose contents are already on the disk, ends the file system, and hands it to the
    /// operating system.</summary>
    /// <param name="tree">The tree; the metadata of its root are the root directory's.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>Size, free space and inodes of the disk.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="tree"/> is null.</exception>
    /// <exception cref="FilesystemException">The tree does not fit the size or the format; the message begins with a path.</exception>
    /// <exception cref="ArgumentException">The content of a file was not written with <see cref="Content"/>.</exception>
    /// <exception cref="InvalidOperationException">The disk is already finished, or a content is not.</exception>
    /// <exception cref="IOException">The disk cannot be written.</exception>
    public Ext4Summary Finish(FileTree tree, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tree);
        Content.RefuseUnfinished();
        if (_isFinished)
        {
            throw new InvalidOperationException("the disk is already finished");
        }

        _isFinished = true;
        Heap.PunchFree();
        var contentBlocks = Heap.Used;
        var inodes = InodeNumbering.Number(tree);
        var (uuid, hashSeed) = Identify(inodes);
        var seed = ChecksumStart.Of(uuid);
        var placed = new NodePlacer(_disk, Heap, Content, seed, hashSeed).Place(tree, inodes, cancellationToken);
        var resizeTable = Heap.Allocate(1).Start;
        var geometry = ChooseGeometry(contentBlocks, inodes.Count);
        var journal = Heap.AllocateContiguous(geometry.JournalBlocks);
        var places = PlaceGroups(geometry);

        _disk.Write(journal.Start, JournalSuperblock.Create(geometry.JournalBlocks));
        var reserved = new ReservedInodes(journal, ResizeInode.Write(_disk, geometry, resizeTable), seed);
        var directories = InodeTable.Write(_disk, geometry, places, seed, reserved, inodes, placed, cancellationToken);

        var usedInodes = Format.FirstFreeInode - 1 + inodes.Count - 1L;
        var (descriptors, freeBlocks) = new BlockGroups(_disk, geometry, places, seed).Write(Heap, usedInodes, directories);
        var summary = new Ext4Summary(
            _options.SizeBytes ?? geometry.Blocks * Format.BlockSize,
            freeBlocks * Format.BlockSize,
            usedInodes,
            geometry.Inodes - usedInodes,
            uuid);
        WriteSuperblocks(geometry, descriptors, NewSuperblock.Create(_options.VolumeLabel, uuid, hashSeed, geometry, summary, reserved.Journal));
        _disk.SetLength(summary.SizeBytes);
        return summary;
    }

    private (Guid Uuid, Guid HashSeed) Identify(IReadOnlyList<NumberedNode> inodes)
    {
        if (_options is { Uuid: { } stated, HashSeed: { } seed })
        {
            return (stated, seed);
        }

        var (uuid, hashSeed) = DerivedIdentity.Of(_options, inodes, Content.Checksum);
        return (_options.Uuid ?? uuid, _options.HashSeed ?? hashSeed);
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
