using Loam.Filesystems.Blocks;
using Loam.Filesystems.Ext4.Layout;
using Loam.Filesystems.Ext4.Reading;
using Loam.Filesystems.Tree;
using Microsoft.Win32.SafeHandles;

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
    private readonly Lock _treeLock = new();
    private FileTree? _tree;

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
            Warn("the kernel found errors in this file system; e2fsck has not checked it since");
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
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>A reader, which keeps the disk open.</returns>
    /// <exception cref="FilesystemException"><see cref="FilesystemError.NotExt4"/>, <see cref="FilesystemError.Damaged"/>,
    /// <see cref="FilesystemError.UnsupportedFeature"/>.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    /// <example>
    /// <code>
    /// using var reader = Ext4Reader.Open("root.ext4");
    /// var release = Encoding.UTF8.GetString(reader.ReadFile("/etc/os-release"));
    /// foreach (var (path, node) in reader.ReadTree().Walk())
    /// {
    ///     Console.WriteLine($"{node.Metadata.Uid}:{node.Metadata.Gid} {path}");
    /// }
    /// </code>
    /// </example>
    public static Ext4Reader Open(string path, Ext4ReadOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Open(DiskStorage.Open(path), options, cancellationToken);
    }

    /// <summary>Reads a disk that is already open.</summary>
    /// <param name="disk">A file or a block device, open for reading.</param>
    /// <param name="options">Limits; null for the usual ones.</param>
    /// <param name="leaveOpen">Whether the disk stays open when the reader is closed.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>A reader.</returns>
    /// <exception cref="FilesystemException">As <see cref="Open(string, Ext4ReadOptions?, CancellationToken)"/>.</exception>
    /// <exception cref="IOException">The disk cannot be read.</exception>
    public static Ext4Reader Open(
        SafeFileHandle disk, Ext4ReadOptions? options = null, bool leaveOpen = false, CancellationToken cancellationToken = default) =>
        Open(DiskStorage.Of(disk, leaveOpen), options, cancellationToken);

    /// <summary>Opens a disk in a stream. Contents can be read from several threads at once; the stream is used by one at a time.</summary>
    /// <param name="disk">A stream that can be read and sought.</param>
    /// <param name="options">Limits; null for the usual ones.</param>
    /// <param name="leaveOpen">Whether the stream stays open when the reader is closed.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>A reader.</returns>
    /// <exception cref="FilesystemException">As <see cref="Open(string, Ext4ReadOptions?, CancellationToken)"/>.</exception>
    /// <exception cref="ArgumentException">The stream cannot be read or sought.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public static Ext4Reader Open(Stream disk, Ext4ReadOptions? options = null, bool leaveOpen = false, CancellationToken cancellationToken = default) =>
        Open(DiskStorage.Of(disk, leaveOpen), options, cancellationToken);

    /// <summary>Reads the tree: every name, all metadata, and where contents are. Open contents with
    /// <see cref="OpenContent"/>; extents are in blocks of <see cref="BlockSize"/>, and blocks of a replayed journal are
    /// not yet in the places that extents name.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>A new tree, the caller's to change.</returns>
    /// <exception cref="FilesystemException"><see cref="FilesystemError.Damaged"/> with inode and block;
    /// <see cref="FilesystemError.LimitExceeded"/>; what a <see cref="FileTree"/> cannot hold.</exception>
    /// <exception cref="IOException">The disk cannot be read.</exception>
    public FileTree ReadTree(CancellationToken cancellationToken = default)
    {
        var budget = new ReadBudget(_options);
        var map = new FileBlocks(_super, _blocks, new BlockClaims(budget), budget, this);
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
    /// <param name="file">The file.</param>
    /// <returns>Its content; it ends with the reader.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="file"/> is null.</exception>
    /// <exception cref="ArgumentException">The file was not read with this reader.</exception>
    /// <exception cref="FilesystemException"><see cref="FilesystemError.Damaged"/>.</exception>
    public SparseStream OpenContent(RegularFileNode file)
    {
        ArgumentNullException.ThrowIfNull(file);
        var content = BlockContent.Of(file.Content, this);
        foreach (var extent in content.Extents)
        {
            if (!_blocks.Holds(extent.Range))
            {
                throw FilesystemException.Damage("the file points outside the file system", file.Number, extent.Physical);
            }
        }

        return new BlockContentStream(content, _blocks.BlockSize, _blocks.ReadWithin);
    }

    /// <summary>Opens the content of a file by its path. The first call reads the tree, which is kept.</summary>
    /// <param name="path">From the root; symbolic links are followed within the disk.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The content; it ends with the reader.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="path"/> is null.</exception>
    /// <exception cref="FilesystemException"><see cref="FilesystemError.NotFound"/>, <see cref="FilesystemError.NotARegularFile"/>,
    /// <see cref="FilesystemError.TooManySymlinks"/>; what <see cref="ReadTree"/> throws.</exception>
    /// <exception cref="IOException">The disk cannot be read.</exception>
    public SparseStream OpenFile(string path, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        lock (_treeLock)
        {
            _tree ??= ReadTree(cancellationToken);
        }

        var node = _tree.Resolve(path) ?? throw new FilesystemException(FilesystemError.NotFound, $"the disk has no {path}");
        return node is RegularFileNode file
            ? OpenContent(file)
            : throw new FilesystemException(FilesystemError.NotARegularFile, $"{path} is not a regular file");
    }

    /// <summary>Reads a whole file by its path. The first call reads the tree, which is kept.</summary>
    /// <param name="path">From the root; symbolic links are followed within the disk.</param>
    /// <param name="maximumBytes">How long the file may be; a disk can claim much in few bytes.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The content.</returns>
    /// <exception cref="FilesystemException"><see cref="FilesystemError.LimitExceeded"/> where it is longer; what
    /// <see cref="OpenFile"/> throws.</exception>
    /// <exception cref="IOException">The disk cannot be read.</exception>
    public byte[] ReadFile(string path, int maximumBytes = 64 << 20, CancellationToken cancellationToken = default)
    {
        using var content = OpenFile(path, cancellationToken);
        if (content.Length > maximumBytes)
        {
            throw new FilesystemException(FilesystemError.LimitExceeded, $"{path} has {content.Length} bytes; {maximumBytes} are allowed");
        }

        var bytes = new byte[content.Length];
        content.ReadExactly(bytes);
        return bytes;
    }

    /// <inheritdoc/>
    public void Dispose() => _disk.Dispose();

    private static Ext4Reader Open(DiskStorage storage, Ext4ReadOptions? options, CancellationToken cancellationToken)
    {
        try
        {
            return new Ext4Reader(new DiskImage(storage), options ?? new Ext4ReadOptions(), cancellationToken);
        }
        catch
        {
            storage.Dispose();
            throw;
        }
    }

    private SuperblockView ReadSuperblock(IReadOnlyDictionary<long, ReplayedBlock> replayed, int blockSize)
    {
        if (_disk.Length < SuperblockLayout.DiskOffset + SuperblockLayout.Size)
        {
            throw new FilesystemException(FilesystemError.NotExt4, $"this is not an ext4 file system: it has {_disk.Length} bytes");
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
            throw FilesystemException.Damage("superblock: a journal must be replayed, but there is no journal");
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
            throw FilesystemException.Damage("the journal is not a file", inode.Number);
        }

        var extents = new FileBlocks(_super, blocks, new BlockClaims(budget), budget, this).Map(inode);
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
