using System.Buffers;
using System.Text.Json;
using Loam.Filesystems;
using Loam.Images;
using Loam.Layers;
using Loam.Store;

namespace Loam.DiskTransfer;

/// <summary>Fetches a disk that somebody built and pushed, instead of building it.</summary>
internal sealed class DiskFetch(ImageStore store, RegistryClient registry)
{
    /// <summary>Fetches the disk of an image as these options would build it, to a new file and to stable storage.</summary>
    /// <returns>The disk's record; null where the registry has no such disk.</returns>
    /// <exception cref="LoamException">The registry cannot be reached, or what it has is damaged.</exception>
    public async Task<DiskRecord?> FetchAsync(
        ResolvedImage image, DiskKey key, string path, int jobs, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        var referrers = await registry.GetReferrersAsync(image.Reference, image.Descriptor.Digest, DiskArtifact.Type, cancellationToken).ConfigureAwait(false);
        foreach (var referrer in referrers.OrderBy(referrer => referrer.Digest.ToString(), StringComparer.Ordinal))
        {
            // Lists made by registries may leave annotations out; then the manifest has to be looked at.
            if (referrer.Annotations?.GetValueOrDefault(DiskArtifact.KeyAnnotation) is { } stated && stated != key.Hex)
            {
                continue;
            }

            var reference = image.Reference.WithDigest(referrer.Digest);
            var manifest = ArtifactManifest.Parse((await registry.GetManifestAsync(reference, cancellationToken).ConfigureAwait(false)).Content.Span);
            if (manifest.ArtifactType != DiskArtifact.Type || manifest.Annotations.GetValueOrDefault(DiskArtifact.KeyAnnotation) != key.Hex)
            {
                continue;
            }

            var layout = await ReadLayoutAsync(reference, manifest, cancellationToken).ConfigureAwait(false);
            if (layout.Record.Digest == image.Descriptor.Digest && DiskKey.Of(layout.Record.Digest, layout.Record.Options) == key)
            {
                await WriteAsync(reference, manifest, layout, path, jobs, progress, cancellationToken).ConfigureAwait(false);
                return layout.Record with
                {
                    ImageRef = image.Reference.ToString(),
                    ResolvedRef = image.Reference.WithDigest(image.Descriptor.Digest).ResolvedName,
                    IndexDigest = image.IndexDigest,
                    FetchedFrom = reference.ResolvedName,
                };
            }
        }

        return null;
    }

    private async Task<DiskLayout> ReadLayoutAsync(ImageReference reference, ArtifactManifest manifest, CancellationToken cancellationToken)
    {
        var content = await registry.GetBlobBytesAsync(reference, manifest.Config, DiskArtifact.MaximumConfigBytes, cancellationToken).ConfigureAwait(false);
        try
        {
            var layout = JsonSerializer.Deserialize(content, DiskTransferJson.Default.DiskLayout) ?? throw new JsonException("it is null");
            layout.Check(manifest.Layers.Count, reference.ToString());
            return layout;
        }
        catch (JsonException e)
        {
            throw new LoamException(ErrorCodes.DiskArtifactInvalid, $"{reference}: {e.Message}", e);
        }
    }

    private static void Decompress(ImageReference reference, DiskLayoutChunk chunk, byte[] compressed, Span<byte> content)
    {
        try
        {
            ZstdBlock.Decompress(compressed, content);
        }
        catch (CompressionException e)
        {
            throw new LoamException(ErrorCodes.DiskArtifactInvalid, $"{reference}: the chunk for byte {chunk.Offset} of the disk: {e.Message}", e);
        }
    }

    private async Task WriteAsync(
        ImageReference reference,
        ArtifactManifest manifest,
        DiskLayout layout,
        string path,
        int jobs,
        IProgress<WorkProgress>? progress,
        CancellationToken cancellationToken)
    {
        var size = layout.Record.Disk.SizeBytes;
        using var local = await Task.Run(() => LocalChunks.Of(store, reference, cancellationToken), cancellationToken).ConfigureAwait(false);
        using var disk = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite);
        RandomAccess.SetLength(disk, size);
        var done = 0L;
        await Parallel.ForEachAsync(
            layout.Chunks,
            new ParallelOptions { MaxDegreeOfParallelism = jobs, CancellationToken = cancellationToken },
            async (chunk, token) =>
            {
                var buffer = ArrayPool<byte>.Shared.Rent(chunk.Length);
                try
                {
                    var content = buffer.AsMemory(0, chunk.Length);
                    if (!local.TryRead(chunk.Digest, content.Span))
                    {
                        var compressed = await registry.GetBlobBytesAsync(reference, manifest.Layers[chunk.Layer], DiskChunker.MaximumBytes * 2L, token)
                            .ConfigureAwait(false);
                        Decompress(reference, chunk, compressed, content.Span);
                    }

                    RandomAccess.Write(disk, content.Span, chunk.Offset);
                }
                finally
                {
                    ArrayPool<byte>.Shared.Return(buffer);
                }

                var sum = Interlocked.Add(ref done, chunk.Length);
                progress?.Report(new WorkProgress(WorkPhase.FetchDisk, null, null, Math.Min(sum, size - 1), size));
            }).ConfigureAwait(false);
        progress?.Report(new WorkProgress(WorkPhase.FetchDisk, null, null, size, size));
        var found = await DiskHash.ComputeAsync(
            disk, size, hashed => progress?.Report(new WorkProgress(WorkPhase.Hash, null, null, hashed, size)), cancellationToken).ConfigureAwait(false);
        if (found != layout.Record.Disk.Sha256)
        {
            throw new LoamException(ErrorCodes.DigestMismatch, $"{reference}: the disk arrived with other content ({found})");
        }

        store.Storage.Sync(path);
    }
}
