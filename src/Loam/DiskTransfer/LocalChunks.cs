using System.Buffers;
using Loam.Filesystems;
using Microsoft.Win32.SafeHandles;

namespace Loam.DiskTransfer;

/// <summary>The chunks of disks that are in the store, so that a disk much like them need not be fetched whole.</summary>
internal sealed class LocalChunks : IDisposable
{
    private const int MostDisks = 3;

    private readonly List<SafeFileHandle> _disks = [];
    private readonly Dictionary<Digest, (SafeFileHandle Disk, long Offset)> _chunks = [];

    /// <summary>Cuts the disks that were made from images of the same repository, those used last first.</summary>
    public static LocalChunks Of(ImageStore store, ImageReference repository, CancellationToken cancellationToken)
    {
        var local = new LocalChunks();
        var disks = store.List()
            .Where(image => image.SizeBytes > 0 && ImageReference.TryParse(image.ImageRef, out var other) && other.Repository == repository.Repository)
            .OrderByDescending(image => image.LastUsedAt)
            .Select(image => image.OutputPath)
            .Distinct(StringComparer.Ordinal)
            .Take(MostDisks);
        foreach (var path in disks)
        {
            local.Add(path, cancellationToken);
        }

        return local;
    }

    /// <summary>Reads a chunk that is in the store; its bytes are checked again, since the disk may have changed.</summary>
    public bool TryRead(Digest digest, Span<byte> content)
    {
        if (!_chunks.TryGetValue(digest, out var place))
        {
            return false;
        }

        for (var done = 0; done < content.Length;)
        {
            var read = RandomAccess.Read(place.Disk, content[done..], place.Offset + done);
            if (read == 0)
            {
                return false;
            }

            done += read;
        }

        return digest.Matches(content);
    }

    public void Dispose() => _disks.ForEach(disk => disk.Dispose());

    private void Add(string path, CancellationToken cancellationToken)
    {
        try
        {
            var disk = File.OpenHandle(path, options: FileOptions.SequentialScan);
            _disks.Add(disk);
            foreach (var chunk in DiskChunker.Cut(disk))
            {
                cancellationToken.ThrowIfCancellationRequested();
                _chunks.TryAdd(Digest.Sha256(chunk.Content.Span), (disk, chunk.Offset));
                ArrayPool<byte>.Shared.Return(chunk.Buffer);
            }
        }
        catch (IOException)
        {
            // A disk that went away meanwhile helps nobody; what it had is fetched.
        }
    }
}
