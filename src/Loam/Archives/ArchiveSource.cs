using Loam.Archives;
using Loam.Layers;
using Loam.Streams;

namespace Loam;

/// <summary>Where an archive comes from: a file, an OCI layout folder, or a stream that is read once.</summary>
public sealed class ArchiveSource
{
    private readonly string? _folder;
    private readonly Func<CancellationToken, Stream>? _open;
    private readonly long? _length;

    private ArchiveSource(string name, string? folder, Func<CancellationToken, Stream>? open, long? length)
    {
        Name = name;
        _folder = folder;
        _open = open;
        _length = length;
    }

    /// <summary>The process's standard input; waiting for it can be cancelled.</summary>
    public static ArchiveSource StandardInput => new("", null, Archives.StandardInput.Open, null);

    /// <summary>The path that was given; empty for a stream.</summary>
    internal string Name { get; }

    /// <summary>An archive file, or an OCI image layout folder.</summary>
    /// <param name="path">The file or folder.</param>
    /// <returns>The source; nothing is read yet.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="path"/> is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.Io"/>: it does not exist.</exception>
    public static ArchiveSource FromPath(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path))
        {
            return new ArchiveSource(path, Path.GetFullPath(path), null, null);
        }

        var file = new FileInfo(path);
        return file.Exists
            ? new ArchiveSource(path, null, _ => OpenFile(path), file.Length)
            : throw new LoamException(ErrorCodes.Io, $"{path} does not exist");
    }

    /// <summary>A stream, read to its end and disposed.</summary>
    /// <param name="archive">The archive's bytes; they need not seek.</param>
    /// <returns>The source; nothing is read yet.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="archive"/> is null.</exception>
    public static ArchiveSource FromStream(Stream archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        return new ArchiveSource("", null, _ => archive, null);
    }

    /// <summary>Reads the archive into a staging folder.</summary>
    internal async Task<ArchiveFiles> ReadAsync(
        ArchiveStaging staging, ArchiveLimits limits, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        if (_folder is not null)
        {
            return new FolderFiles(_folder, staging, limits, cancellationToken);
        }

        var inflated = new ReadAhead(cancel => Decompressor.Open(_open!(cancel), Count(progress)), cancellationToken);
        await using (inflated.ConfigureAwait(false))
        {
            try
            {
                // Reading blocks, so it gets a thread of its own.
                return await Task.Factory.StartNew(
                    () => TarFiles.Read(inflated, staging, limits, cancellationToken),
                    CancellationToken.None,
                    TaskCreationOptions.LongRunning,
                    TaskScheduler.Default)
                    .ConfigureAwait(false);
            }
            catch (CompressionException e)
            {
                throw Translate(e);
            }
        }
    }

    private static LoamException Translate(CompressionException failure) => failure.Error switch
    {
        CompressionError.Unsupported => new LoamException(ErrorCodes.UnsupportedCompression, $"the archive: {failure.Message}", failure)
        {
            Hint = "Decompress it first: `xz -dc archive | loam load`.",
        },
        CompressionError.WindowTooLarge => new LoamException(ErrorCodes.ArchiveTooLarge, $"the archive: {failure.Message}", failure)
        {
            Hint = CompressionException.WindowHint,
        },
        _ => new LoamException(ErrorCodes.ArchiveDamaged, $"the archive: {failure.Message}", failure),
    };

    private static FileStream OpenFile(string path) =>
        new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0, FileOptions.SequentialScan);

    private Action<long>? Count(IProgress<WorkProgress>? progress) => progress is null || _length is not > 0
        ? null
        : done => progress.Report(new WorkProgress(WorkPhase.Read, null, null, done, _length.Value));
}
