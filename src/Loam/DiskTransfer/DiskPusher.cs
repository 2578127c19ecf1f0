using System.Buffers;
using System.Collections.Concurrent;
using System.Text.Json;
using Loam.DiskTransfer;
using Loam.Filesystems;
using Loam.Images;
using Loam.Layers;
using Loam.Progress;
using Loam.Store;

namespace Loam;

/// <summary>What pushing a disk did.</summary>
/// <param name="Image">The image whose disk it is.</param>
/// <param name="Destination">Where its artifact is now, by digest.</param>
/// <param name="Sha256">The SHA-256 of the disk.</param>
/// <param name="Chunks">How many chunks hold its data.</param>
/// <param name="DataBytes">How many bytes these have.</param>
/// <param name="UploadedChunks">How many of them the registry did not have.</param>
/// <param name="UploadedBytes">How many compressed bytes were sent.</param>
public sealed record PushedDisk(
    ImageReference Image, ImageReference Destination, string Sha256, int Chunks, long DataBytes, int UploadedChunks, long UploadedBytes);

/// <summary>Pushes built disks beside their images, so that others need not build them.</summary>
public class DiskPusher
{
    private readonly ImageStore _store;
    private readonly RegistryClient _registry;

    /// <summary>Pushes from a store to registries.</summary>
    /// <param name="store">The store.</param>
    /// <param name="registry">The client of the registries; the caller disposes it.</param>
    /// <exception cref="ArgumentNullException">One of them is null.</exception>
    public DiskPusher(ImageStore store, RegistryClient registry)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(registry);
        (_store, _registry) = (store, registry);
    }

    /// <summary>For tests that derive from this class.</summary>
    protected DiskPusher() => (_store, _registry) = (null!, null!);

    /// <summary>Pushes the disk of an image. What the registry has of it is not sent again.</summary>
    /// <param name="image">An image of the store, as <see cref="ImageStore.Get"/> takes it.</param>
    /// <param name="destination">The repository that has the image; null for the one in the image's name.</param>
    /// <param name="jobs">How many chunks are compressed and sent at once.</param>
    /// <param name="progress">Receives the number of bytes of the disk done so far; null for none.</param>
    /// <param name="cancellationToken">Cancels the push; nothing in the registry refers to what was sent.</param>
    /// <returns>Where the disk is now, and what was sent.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="image"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="jobs"/> is less than 1.</exception>
    /// <exception cref="LoamException">There is no disk, it is damaged, or the registry refuses it.</exception>
    public virtual Task<PushedDisk> PushAsync(
        string image, ImageReference? destination = null, int jobs = 4, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentOutOfRangeException.ThrowIfLessThan(jobs, 1);
        return _store.RunAsync("push disk", destination?.ToString() ?? image, progress, (store, work) =>
            new DiskPusher(store, _registry).PushOnceAsync(image, destination, jobs, work, cancellationToken));
    }

    private async Task<PushedDisk> PushOnceAsync(
        string image, ImageReference? destination, int jobs, OperationProgress? progress, CancellationToken cancellationToken)
    {
        using var held = await _store.HoldAsync(cancellationToken).ConfigureAwait(false);
        var named = _store.GetNames(image)[0];
        var name = ImageReference.Parse(named.Name!);
        var path = _store.Disks.PathOf(named);
        var record = DiskStore.ReadRecord(Path.Combine(Path.GetDirectoryName(path)!, DiskStore.RecordName));
        if (record is null || !File.Exists(path) || record.Digest != named.Digest)
        {
            throw new LoamException(ErrorCodes.DiskMissing, $"{name} has no disk in the store");
        }

        var repository = (destination ?? name).WithDigest(named.Digest);
        using var disk = File.OpenHandle(path, options: FileOptions.SequentialScan);
        var found = await DiskHash.ComputeAsync(disk, record.Disk.SizeBytes, null, cancellationToken).ConfigureAwait(false);
        if (found != record.Disk.Sha256)
        {
            throw new LoamException(ErrorCodes.StoreDamaged, $"{path} is not the disk that was built: its SHA-256 is {found}");
        }

        var sent = new Sent();
        var done = 0L;
        await Parallel.ForEachAsync(
            DiskChunker.Cut(disk),
            new ParallelOptions { MaxDegreeOfParallelism = jobs, CancellationToken = cancellationToken },
            async (chunk, token) =>
            {
                try
                {
                    await SendAsync(repository, chunk, sent, token).ConfigureAwait(false);
                }
                finally
                {
                    ArrayPool<byte>.Shared.Return(chunk.Buffer);
                }

                var sum = Interlocked.Add(ref done, chunk.Length);
                progress?.Report(new WorkProgress(WorkPhase.SendDisk, null, null, Math.Min(sum, record.Disk.SizeBytes - 1), record.Disk.SizeBytes));
            }).ConfigureAwait(false);
        progress?.Report(new WorkProgress(WorkPhase.SendDisk, null, null, record.Disk.SizeBytes, record.Disk.SizeBytes));
        var manifest = await FinishAsync(repository, named.Manifest, record, sent, cancellationToken).ConfigureAwait(false);
        return new PushedDisk(
            name, repository.WithDigest(manifest), record.Disk.Sha256, sent.Chunks.Count, done, sent.Uploaded, sent.UploadedBytes);
    }

    private async Task SendAsync(ImageReference repository, DiskChunk chunk, Sent sent, CancellationToken cancellationToken)
    {
        var compressed = ZstdBlock.Compress(chunk.Content.Span);
        var blob = new Descriptor { MediaType = DiskArtifact.ChunkType, Digest = Digest.Sha256(compressed.Span), Size = compressed.Length };
        sent.Add(chunk.Offset, chunk.Length, Digest.Sha256(chunk.Content.Span), blob);
        await UploadAsync(repository, blob, compressed, sent, cancellationToken).ConfigureAwait(false);
    }

    private async Task UploadAsync(
        ImageReference repository, Descriptor blob, ReadOnlyMemory<byte> content, Sent? sent, CancellationToken cancellationToken)
    {
        var outcome = await _registry.PushBlobAsync(
            repository, blob, () => new MemoryStream(content.ToArray(), writable: false), cancellationToken: cancellationToken).ConfigureAwait(false);
        if (outcome == UploadOutcome.Uploaded)
        {
            sent?.Count(blob.Size);
        }
    }

    private async Task<Digest> FinishAsync(
        ImageReference repository, Descriptor image, DiskRecord record, Sent sent, CancellationToken cancellationToken)
    {
        var (layout, layers) = sent.Lay(record);
        var config = JsonSerializer.SerializeToUtf8Bytes(layout, DiskTransferJson.Default.DiskLayout);
        var configBlob = new Descriptor { MediaType = DiskArtifact.Type, Digest = Digest.Sha256(config), Size = config.Length };
        await UploadAsync(repository, configBlob, config, sent: null, cancellationToken).ConfigureAwait(false);
        var annotations = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            [DiskArtifact.KeyAnnotation] = DiskKey.Of(record.Digest, record.Options).Hex,
            [DiskArtifact.Sha256Annotation] = record.Disk.Sha256,
        };
        var subject = new Descriptor { MediaType = image.MediaType, Digest = image.Digest, Size = image.Size };
        var content = JsonSerializer.SerializeToUtf8Bytes(
            new ArtifactManifestFile(2, MediaTypes.OciManifest, DiskArtifact.Type, configBlob, layers, subject, annotations),
            OciJson.Default.ArtifactManifestFile);
        var manifest = new FetchedManifest(MediaTypes.OciManifest, Digest.Sha256(content), content);
        await _registry.PutReferrerAsync(repository, manifest, subject, DiskArtifact.Type, annotations, cancellationToken).ConfigureAwait(false);
        return manifest.Digest;
    }

    /// <summary>What was sent so far, by many at once.</summary>
    private sealed class Sent
    {
        private int _uploaded;
        private long _uploadedBytes;

        public ConcurrentQueue<(long Offset, int Length, Digest Digest, Descriptor Blob)> Chunks { get; } = new();

        public int Uploaded => _uploaded;

        public long UploadedBytes => _uploadedBytes;

        public void Add(long offset, int length, Digest digest, Descriptor blob) => Chunks.Enqueue((offset, length, digest, blob));

        public void Count(long bytes)
        {
            Interlocked.Increment(ref _uploaded);
            Interlocked.Add(ref _uploadedBytes, bytes);
        }

        /// <summary>The layout, and the blobs in the order in which it first names them.</summary>
        public (DiskLayout Layout, IReadOnlyList<Descriptor> Layers) Lay(DiskRecord record)
        {
            var layers = new List<Descriptor>();
            var numbers = new Dictionary<Digest, int>();
            var chunks = new List<DiskLayoutChunk>();
            foreach (var (offset, length, digest, blob) in Chunks.OrderBy(chunk => chunk.Offset))
            {
                if (!numbers.TryGetValue(blob.Digest, out var number))
                {
                    number = layers.Count;
                    numbers.Add(blob.Digest, number);
                    layers.Add(blob);
                }

                chunks.Add(new DiskLayoutChunk(offset, length, digest, number));
            }

            return (new DiskLayout(DiskLayout.CurrentSchema, record, chunks), layers);
        }
    }
}
