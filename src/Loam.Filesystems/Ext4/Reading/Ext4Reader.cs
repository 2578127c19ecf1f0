using Loam.Filesystems.Blocks;
using Loam.Filesystems.Ext4.Layout;
using Loam.Filesystems.Ext4.Reading;
using Loam.Filesystems.Tree;

namespace Loam.Filesystems;

/// <summary>
/// Reads an ext4 disk without mounting it and without changing it. If the disk was not cleanly unmounted, its journal is
/// replayed in memory: what is read is what a mount would show. Streams of contents may be read from several threads at
/// once; they end with the reader.
/// </summary>
public sealed class Ext4Reader : IDisposable
{
    private const int MostWarnings = 100;

    private readonly DiskImage _disk;
    private readonly SuperblockView _super;
    private readonly BlockReader _blocks;
    private readonly Ext4ReadOptions _options;
    private readonly List<string> _warnings = [];

    private Ext4Reader(DiskImage disk, Ext4ReadOptions options, CancellationToken cancellationToken)
    {
        (_disk, _options) = (disk, options);
        _super = ReadSuperblock(new Dictionary<long, ReplayedBlock>(), 0);
        var replayed = _super.NeedsRecovery ? Replay(cancellationToken) : new Dictionary<long, ReplayedBlock>();
        if (_super.NeedsRecovery)
        {
            JournalReplayed = true;
            _super = ReadSuperblock(replayed, _super.BlockSize);
        }

        _blocks = new BlockReader(disk, _super.BlockSize, _super.FirstBlock, _super.Blocks, replayed);
        if ((_super.State & SuperblockLayout.ErrorState) != 0)
        {
            Warn("the kernel found errors in this file system; e2fsck has not seen it since");
        }
    }

    /// <summary>Bytes in the blocks that <see cref="BlockContent.Extents"/> count: 1,024, 2,048 or 4,096.</summary>
    public int BlockSize => _super.BlockSize;

    /// <summary>The file system's length in bytes.</summary>
    public long SizeBytes => _super.Blocks * _super.BlockSize;

    /// <summary>The file system's UUID.</summary>
    public Guid Uuid => _super.Uuid;

    /// <summary>Whether the disk was not cleanly unmounted, so that its journal counts.</summary>
    public bool JournalReplayed { get; }

    /// <summary>What was left out or is odd, a sentence each, at most 100.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>Opens a disk.</summary>
    /// <param name="path">A file, or a block device.</param>
    /// <param name="options">Limits; null for the usual ones.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="FilesystemException"><see cref="FilesystemError.NotExt4"/>, <see cref="FilesystemError.Damaged"/>,
    /// <see cref="FilesystemError.UnsupportedFeature"/>.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static Ext4Reader Open(string path, Ext4ReadOptions? options, CancellationToken cancellationToken)
    {
        var disk = DiskImage.Open(path);
        try
        {
            return new Ext4Reader(disk, options ?? new Ext4ReadOptions(), cancellationToken);
        }
        catch
        {
            disk.Dispose();
            throw;
        }
    }

    /// <summary>Reads the tree: every name, all metadata, and where contents stand. Open contents with
    /// <see cref="OpenContent"/>; extents are in blocks of <see cref="BlockSize"/>, and blocks of a replayed journal are
    /// not yet in the places that extents name.</summary>
    /// <exception cref="FilesystemException"><see cref="FilesystemError.Damaged"/> with inode and block;
    /// <see cref="FilesystemError.LimitExceeded"/>; what a <see cref="FileTree"/> cannot hold.</exception>
    public FileTree ReadTree(CancellationToken cancellationToken)
    {
        var budget = new ReadBudget(_options);
        var map = new FileBlocks(_super, _blocks, new BlockClaims(budget), budget);
        var groups = new GroupTable(_super, _blocks);
        groups.ClaimAll(map, budget, cancellationToken);
        var inodes = new InodeReader(_super, _blocks, groups);
        if (_super.HasCompatible(Features.HasJournal) && _super.JournalInode != 0)
        {
            // Nothing else may stand where the journal does.
            map.Map(inodes.Read(_super.JournalInode));
        }

        var attributes = new XAttrReader(_super, _blocks, inodes, map, budget, Warn);
        return new TreeReader(_super, _blocks, inodes, map, attributes, budget, _options).Read(cancellationToken);
    }

    /// <summary>Opens the content of a file of this disk's tree.</summary>
    /// <exception cref="FilesystemException">The content does not stand on this disk.</exception>
    public SparseStream OpenContent(RegularFileNode file)
    {
        var content = BlockContent.Of(file.Content);
        foreach (var extent in content.Extents)
        {
            if (!_blocks.Holds(extent.Range))
            {
                throw FilesystemException.Damage("the file leads out of the file system", file.Number, extent.Physical);
            }
        }

        return new BlockContentStream(content, _blocks.BlockSize, _blocks.ReadWithin);
    }

    /// <inheritdoc/>
    public void Dispose() => _disk.Dispose();

    private SuperblockView ReadSuperblock(IReadOnlyDictionary<long, ReplayedBlock> replayed, int blockSize)
    {
        if (_disk.Length < SuperblockLayout.DiskOffset + SuperblockLayout.Size)
        {
            throw new FilesystemException(FilesystemError.NotExt4, $"this is no ext4 file system: it has {_disk.Length} bytes");
        }

        var raw = new byte[SuperblockLayout.Size];
        if (blockSize == 0)
        {
            _disk.Read(SuperblockLayout.DiskOffset, raw);
        }
        else
        {
            new BlockReader(_disk, blockSize, 0, long.MaxValue, replayed).ReadWithin(
                SuperblockLayout.DiskOffset / blockSize, SuperblockLayout.DiskOffset % blockSize, raw);
        }

        return SuperblockView.Parse(raw, _disk.Length);
    }

    private IReadOnlyDictionary<long, ReplayedBlock> Replay(CancellationToken cancellationToken)
    {
        if (!_super.HasCompatible(Features.HasJournal))
        {
            throw FilesystemException.Damage("superblock: a journal is to be replayed, but there is none");
        }

        if (_super.JournalInode == 0)
        {
            throw new FilesystemException(FilesystemError.UnsupportedFeature, "the disk was not cleanly unmounted, and its journal is on another device");
        }

        var budget = new ReadBudget(_options);
        var blocks = new BlockReader(_disk, _super.BlockSize, _super.FirstBlock, _super.Blocks, new Dictionary<long, ReplayedBlock>());
        var inode = new InodeReader(_super, blocks, new GroupTable(_super, blocks)).Read(_super.JournalInode);
        if (inode.Kind != ModeBits.Regular || inode.Links == 0)
        {
            throw FilesystemException.Damage("the journal is no file", inode.Number);
        }

        var extents = new FileBlocks(_super, blocks, new BlockClaims(budget), budget).Map(inode);
        var journal = new JournalView(_disk, _super.BlockSize, extents, inode.FileBlocks);
        var replayed = new JournalReplay(journal, _super.FirstBlock, _super.Blocks, cancellationToken).Run();
        return replayed;
    }

    private void Warn(string warning)
    {
        if (_warnings.Count < MostWarnings)
        {
            _warnings.Add(warning);
        }
    }
}
