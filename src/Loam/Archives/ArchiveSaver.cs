using System.IO.Compression;
using Loam.Archives;
using Loam.Files;
using Loam.Layers;
using Loam.Streams;

namespace Loam;

/// <summary>Writes images of a store into archives that other tools load.</summary>
public sealed class ArchiveSaver(ImageStore store)
{
    private const int BufferBytes = 256 << 10;

    /// <summary>Saves images to a file, which appears under its name only whole, or to a pipe or device.</summary>
    /// <param name="images">References or digests, in the order they are to have.</param>
    /// <param name="path">The file; what stands there is replaced.</param>
    /// <param name="options">How.</param>
    /// <param name="progress">Told how far it has come.</param>
    /// <param name="cancellationToken">Ends it; nothing new is left.</param>
    /// <exception cref="LoamException">An image is not here, or not whole; the file cannot be written.</exception>
    public async Task<IReadOnlyList<SavedImage>> SaveAsync(
        IReadOnlyList<string> images, string path, SaveOptions options, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
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

        return await AtomicFile.WriteAsync(final, store.Storage, async temporary =>
        {
            var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
            await using (file.ConfigureAwait(false))
            {
                return await SaveAsync(images, file, options, progress, cancellationToken).ConfigureAwait(false);
            }
        }).ConfigureAwait(false);
    }

    /// <summary>Saves images to a stream, which is written from front to back and left open.</summary>
    /// <inheritdoc cref="SaveAsync(IReadOnlyList{string}, string, SaveOptions, IProgress{WorkProgress}, CancellationToken)"/>
    public async Task<IReadOnlyList<SavedImage>> SaveAsync(
        IReadOnlyList<string> images, Stream output, SaveOptions options, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        using var held = await store.HoldAsync(cancellationToken).ConfigureAwait(false);
        var platforms = options.Platforms ?? (options.Format == ArchiveFormat.Oci ? PlatformSelection.All : PlatformSelection.Usual);
        var found = images.Select(image => StoredImage.Find(store, image, platforms)).ToList();
        if (options.Format == ArchiveFormat.Docker && found.Find(image => image.Manifests.Count > 1) is { } many)
        {
            throw new LoamException(ErrorCodes.Usage, $"a docker-archive holds one platform of an image; {many.Name} has {many.Manifests.Count} here")
            {
                Hint = "Name one with --platform, or save with --format oci.",
            };
        }

        // Writing blocks, so it gets a thread of its own.
        return await Task.Factory.StartNew(
            () => WriteAsync(found, output, options, progress, cancellationToken), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
            .Unwrap().ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<SavedImage>> WriteAsync(
        List<StoredImage> images, Stream output, SaveOptions options, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        var blobs = images.SelectMany(image => image.Manifests).SelectMany(image => image.Manifest.Layers.Append(image.Manifest.Config).Append(image.Descriptor));
        var total = blobs.DistinctBy(blob => blob.Digest).Sum(blob => blob.Size);
        var compressed = Compress(output, options.Compression);
        await using (compressed.ConfigureAwait(false))
        {
            var buffered = new BufferedStream(compressed, BufferBytes);
            await using (buffered.ConfigureAwait(false))
            {
                var archive = new ArchiveWriter(buffered, progress, total, cancellationToken);
                return options.Format == ArchiveFormat.Oci
                    ? new OciArchiveWriter(store, archive).Write(images)
                    : await new DockerArchiveWriter(store, archive, cancellationToken).WriteAsync(images).ConfigureAwait(false);
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
