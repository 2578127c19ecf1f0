using Loam.Files;

namespace Loam.Archives;

/// <summary>An OCI image layout folder; what is asked for is copied and hashed, nothing else is touched.</summary>
internal sealed class FolderFiles(string folder, ArchiveStaging staging, ArchiveLimits limits, CancellationToken cancellationToken)
    : ArchiveFiles(staging, limits)
{
    private const int ChunkBytes = 256 << 10;

    private readonly Dictionary<string, StagedFile> _files = new(StringComparer.Ordinal);
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(ChunkBytes);
    private long _left = Math.Min(limits.MaximumBytes, staging.FreeBytes / 10 * 9);

    /// <inheritdoc/>
    public override StagedFile? Find(string name)
    {
        if (_files.TryGetValue(name, out var known))
        {
            return known;
        }

        var path = Path.Combine(folder, name);
        if (!File.Exists(path))
        {
            return null;
        }

        using var file = Libc.OpenRegular(path)
            ?? throw new LoamException(ErrorCodes.ArchiveInvalid, $"{Printable.Of(path)} is not a file");
        var at = 0L;
        return _files[name] = Staging.Add(
            () =>
            {
                cancellationToken.ThrowIfCancellationRequested();
                var read = RandomAccess.Read(file, _buffer, at);
                at += read;
                _left -= read;
                return _left >= 0
                    ? _buffer.AsSpan(0, read)
                    : throw new LoamException(ErrorCodes.ArchiveTooLarge, $"{folder} has more bytes than the limits or the free space allow");
            },
            RandomAccess.GetLength(file),
            PromisedBy(name),
            name);
    }
}
