using System.IO.Compression;
using Loam.Archives;
using Loam.Files;
using Loam.Layers;
using Loam.Streams;

namespace Loam;

/// <summary>Saves images of a store as archives that other tools load.</summary>
/// <example>
/// <code>
/// var saver = new ArchiveSaver(ImageStore.Open());
/// await saver.SaveAsync(["alpine:3.20"], "alpine.tar", new SaveOptions { Format = ArchiveFormat.Oci });
/// </code>
/// </example>
public class ArchiveSaver
{
    private const int BufferBytes = 256 << 10;

    private readonly ImageStore _store;

    /// <summary>Saves from a store.</summary>
    /// <param name="store">The store.</param>
    /// <exception cref="ArgumentNullException"><paramref name="store"/> is null.</exception>
    public ArchiveSaver(ImageStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        _store = store;
    }

    /// <summary>For tests that derive from this class.</summary>
    protected ArchiveSaver() => _store = null!;

    /// <summary>Saves images to a file, which appears under its name only whole, or to a pipe or device.</summary>
    /// <param name="images">References or digests, in the order they are to have.</param>
    /// <param name="path">The file; an existing one is replaced.</param>
    /// <param name="options">How; null for an uncompressed docker-archive.</param>
    /// <param name="progress">Receives progress reports; null for none.</param>
    /// <param name="cancellationToken">Cancels the call; nothing new is left behind.</param>
    /// <returns>The images, in their order.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="images"/> or <paramref name="path"/> is null.</exception>
    /// <exception cref="LoamException">An image is not in the store, or not whole.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public virtual async Task<IReadOnlyList<SavedImage>> SaveAsync(
        IReadOnlyList<string> images,
        string path,
        SaveOptions? options = null,
        IProgress<WorkProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentException.ThrowIfNullOrEmpty(path);
        var final = Path.GetFullPath(path);
        if (File.Exists(final) && !Libc.IsRegular(final))
        {
            // A pipe or a device is written to; a rename would put a file into its place.
            var special = new FileStream(final, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            await using (special.ConfigureAwait(false))
            {
                return await SaveAsync(images, special, options, progress, cancellationToken).ConfigureAwait(false);
            }
        }

        return await AtomicFile.WriteAsync(final, _store.Storage, async temporary =>
        {
            var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
            await using (file.ConfigureAwait(false))
            {
                return await SaveAsync(images, file, options, progress, cancellationToken).ConfigureAwait(false);
            }
        }).ConfigureAwait(false);
    }

    /// <summary>Saves images to a stream, which is written from front to back and left open.</summary>
    /// <param name="images">References or digests, in the order they are to have.</param>
    /// <param name="output">The stream; it need not seek.</param>
    /// <param name="options">How; null for an uncompressed docker-archive.</param>
    /// <param name="progress">Receives progress reports; null for none.</param>
    /// <param name="cancellationToken">Cancels the call; the stream then contains the first part of an archive.</param>
    /// <returns>The images, in their order.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="images"/> or <paramref name="output"/> is null.</exception>
    /// <exception cref="LoamException">An image is not in the store, or not whole.</exception>
    /// <exception cref="IOException">The stream cannot be written.</exception>
    public virtual Task<IReadOnlyList<SavedImage>> SaveAsync(
        IReadOnlyList<string> images,
        Stream output,
        SaveOptions? options = null,
        IProgress<WorkProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(output);
        return _store.RunAsync("save", string.Join(", ", images), progress, (store, work) =>
            new ArchiveSaver(store).SaveOnceAsync(images, output, options ?? new SaveOptions(), work, cancellationToken));
    }

    private async Task<IReadOnlyList<SavedImage>> SaveOnceAsync(
        IReadOnlyList<string> images, Stream output, SaveOptions options, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        using var held = await _store.HoldAsync(cancellationToken).ConfigureAwait(false);
        var platforms = options.Platforms ?? (options.Format == ArchiveFormat.Oci ? PlatformSelection.All : PlatformSelection.Usual);
        var found = images.Select(image => StoredImage.Get(_store, image, platforms)).ToList();
        if (options.Format == ArchiveFormat.Docker && found.Find(image => image.Manifests.Count > 1) is { } many)
        {
            throw new LoamException(
                ErrorCodes.Usage, $"a docker-archive can hold one platform of an image; the store has {many.Manifests.Count} of {many.Name}")
            {
                Hint = "Name one with --platform, or save with --format oci.",
            };
        }

        // Writing blocks, so it gets a thread of its own.
        return await Task.Factory.StartNew(
            () => WriteAsync(found, output, options, progress, cancellationToken),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)
            .Unwrap().ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<SavedImage>> WriteAsync(
        List<StoredImage> images, Stream output, SaveOptions options, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        var blobs = images.SelectMany(image => image.Manifests)
            .SelectMany(image => image.Manifest.Layers.Append(image.Manifest.Config).Append(image.Descriptor));
        var total = blobs.DistinctBy(blob => blob.Digest).Sum(blob => blob.Size);
        var compressed = Compress(output, options.Compression);
        await using (compressed.ConfigureAwait(false))
        {
            var buffered = new BufferedStream(compressed, BufferBytes);
            await using (buffered.ConfigureAwait(false))
            {
                var archive = new ArchiveWriter(buffered, progress, total, cancellationToken);
                return options.Format == ArchiveFormat.Oci
                    ? new OciArchiveWriter(_store, archive).Write(images)
                    : await new DockerArchiveWriter(_store, archive, cancellationToken).WriteAsync(images).ConfigureAwait(false);
            }
        }
    }

    private static Stream Compress(Stream output, ArchiveCompression compression) => compression switch
    {
        ArchiveCompression.Gzip => new GZipStream(output, CompressionLevel.Optimal, leaveOpen: true),
        ArchiveCompression.Zstd => new ZstdCompressStream(output),
        _ => new LeftOpenStream(output),
    };
}
