using Loam.Files;
using Loam.Filesystems;
using Loam.Layers;
using Loam.Progress;
using Loam.Rootfs;
using Microsoft.Extensions.Logging.Abstractions;

namespace Loam;

/// <summary>An ext4 disk that is read without mounting or changing it.</summary>
/// <example>
/// <code>
/// using var disk = RootDisk.Open("work.ext4");
/// await disk.CopyContentAsync("/etc/os-release", Console.OpenStandardOutput());
/// disk.Export("work.tar");
/// </code>
/// </example>
public sealed class RootDisk : IDisposable
{
    private const int ExportBufferBytes = 256 << 10;

    private readonly Ext4Reader _reader;
    private readonly string _path;
    private readonly StableStorage _storage;

    private RootDisk(string path, Ext4Reader reader, FileTree tree, StableStorage storage) =>
        (_path, _reader, Tree, _storage) = (path, reader, tree, storage);

    /// <summary>Every name, and all metadata.</summary>
    public FileTree Tree { get; }

    /// <summary>The disk's reader, for its facts and its warnings.</summary>
    public Ext4Reader Reader => _reader;

    /// <summary>Opens a disk and reads its tree.</summary>
    /// <param name="path">The disk.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The disk; the caller disposes it.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="path"/> is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.DiskNotExt4"/>, <see cref="ErrorCodes.DiskDamaged"/>,
    /// <see cref="ErrorCodes.DiskUnsupported"/>, <see cref="ErrorCodes.DiskLimitExceeded"/>, <see cref="ErrorCodes.Io"/>.</exception>
    public static RootDisk Open(string path, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Open(path, StableStorage.Real, cancellationToken);
    }

    /// <summary>Opens a disk whose exports go through storage that can be made to fail.</summary>
    internal static RootDisk Open(string path, StableStorage storage, CancellationToken cancellationToken)
    {
        Ext4Reader? reader = null;
        try
        {
            return FailureGuard.ForDisk(path).Run(() =>
            {
                reader = Ext4Reader.Open(path, options: null, cancellationToken);
                return new RootDisk(path, reader, reader.ReadTree(cancellationToken), storage);
            });
        }
        catch
        {
            reader?.Dispose();
            throw;
        }
    }

    /// <summary>The file that a path names, symbolic links followed inside the disk.</summary>
    /// <param name="path">From the root; the slash in front may be left out.</param>
    /// <param name="followLast">Whether a link that is the last name is followed too.</param>
    /// <returns>The file, folder or link.</returns>
    /// <exception cref="LoamException"><see cref="ErrorCodes.DiskPathNotFound"/>.</exception>
    public FileNode Get(TreePath path, bool followLast = true) =>
        Resolve(path, followLast) ?? throw new LoamException(ErrorCodes.DiskPathNotFound, $"disk {_path} has no {path}");

    /// <summary>The file that a path names, symbolic links followed inside the disk.</summary>
    /// <param name="path">From the root; the slash in front may be left out.</param>
    /// <param name="followLast">Whether a link that is the last name is followed too.</param>
    /// <returns>The file, folder or link.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="path"/> is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.DiskPathNotFound"/>; <see cref="ErrorCodes.DiskPathInvalid"/>: it goes
    /// above the root, or is too long.</exception>
    public FileNode Get(string path, bool followLast = true) => Get(Parse(path), followLast);

    /// <summary>The file that a path names, if there is one; symbolic links are followed inside the disk.</summary>
    /// <param name="path">From the root; the slash in front may be left out.</param>
    /// <param name="followLast">Whether a link that is the last name is followed too.</param>
    /// <returns>The file, folder or link; null where there is none.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="path"/> is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.DiskPathNotFound"/>: links form a circle;
    /// <see cref="ErrorCodes.DiskPathInvalid"/>.</exception>
    public FileNode? Find(string path, bool followLast = true) => Resolve(Parse(path), followLast);

    /// <summary>Opens a file's content; holes read as zeros.</summary>
    /// <param name="file">A file of <see cref="Tree"/>.</param>
    /// <returns>Its content, from the first byte.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="file"/> is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.DiskDamaged"/>.</exception>
    public SparseStream OpenContent(RegularFileNode file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return Guard.Run(() => _reader.OpenContent(file));
    }

    /// <summary>Writes a file's content.</summary>
    /// <param name="path">The file; symbolic links are followed.</param>
    /// <param name="output">The stream that is written; left open.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>A task that ends when all of it is written.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="path"/> or <paramref name="output"/> is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.DiskPathNotFound"/>, <see cref="ErrorCodes.DiskPathInvalid"/>,
    /// <see cref="ErrorCodes.DiskDamaged"/>.</exception>
    public Task CopyContentAsync(string path, Stream output, CancellationToken cancellationToken = default) =>
        CopyContentAsync(Parse(path), output, cancellationToken);

    /// <summary>Writes a file's content.</summary>
    /// <param name="path">The file; symbolic links are followed.</param>
    /// <param name="output">The stream that is written; left open.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>A task that ends when all of it is written.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="path"/> or <paramref name="output"/> is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.DiskPathNotFound"/>, <see cref="ErrorCodes.DiskPathInvalid"/>,
    /// <see cref="ErrorCodes.DiskDamaged"/>.</exception>
    public async Task CopyContentAsync(TreePath path, Stream output, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (Get(path) is not RegularFileNode file)
        {
            throw new LoamException(ErrorCodes.DiskPathInvalid, $"{path} is not a regular file");
        }

        var content = OpenContent(file);
        await using (content.ConfigureAwait(false))
        {
            await Guard.RunAsync(async () =>
            {
                await content.CopyToAsync(output, cancellationToken).ConfigureAwait(false);
                return true;
            }).ConfigureAwait(false);
        }
    }

    /// <summary>Bytes of a file's blocks.</summary>
    internal long CostOf(RegularFileNode file) => BlockContent.Of(file.Content).Blocks * _reader.BlockSize;

    /// <summary>Writes the whole tree as a tar archive; equal disks give equal bytes.</summary>
    /// <param name="output">The stream that is written; left open.</param>
    /// <param name="progress">Receives the number of bytes read so far; null for none.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>What was left out, a sentence each.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="output"/> is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.LayerUnwritable"/>, <see cref="ErrorCodes.DiskDamaged"/>.</exception>
    public IReadOnlyList<string> Export(Stream output, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(output);
        return Operation.Run("export", _path, progress, NullLoggerFactory.Instance, work => Guard.Run(() =>
        {
            var writer = new LayerWriter(output, new ContentProgress(Tree, OpenContent, CostOf, work).Open, cancellationToken);
            writer.WriteTree(Tree);
            writer.Finish();
            return writer.Warnings;
        }));
    }

    /// <summary>Writes the whole tree as a tar archive to a file, which appears under its name only whole.</summary>
    /// <param name="path">The file.</param>
    /// <param name="progress">Receives the number of bytes read so far; null for none.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>What was left out, a sentence each.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="path"/> is null.</exception>
    /// <exception cref="LoamException">As <see cref="Export(Stream, IProgress{WorkProgress}, CancellationToken)"/>.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public IReadOnlyList<string> Export(string path, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return AtomicFile.Write(Path.GetFullPath(path), _storage, temporary =>
        {
            using var output = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, ExportBufferBytes);
            return Export(output, progress, cancellationToken);
        });
    }

    /// <inheritdoc/>
    public void Dispose() => _reader.Dispose();

    /// <summary>What fails on the host while contents are read may be the output's fault.</summary>
    private FailureGuard Guard => new(host: null, failure => DiskFailure.Translate(failure, _path));

    private static TreePath Parse(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        try
        {
            return TreePath.Parse(path);
        }
        catch (FilesystemException e)
        {
            throw new LoamException(ErrorCodes.DiskPathInvalid, e.Message, e);
        }
    }

    private FileNode? Resolve(TreePath path, bool followLast)
    {
        try
        {
            return Tree.Resolve(path.Bytes, followLast);
        }
        catch (FilesystemException e) when (e.Error == FilesystemError.TooManySymlinks)
        {
            throw new LoamException(ErrorCodes.DiskPathNotFound, $"disk {_path}: {e.Message}", e);
        }
    }
}
