using Loam.Layers;

namespace Loam.Archives;

/// <summary>A tar archive, read once from front to back: every file is hashed and staged as it comes, since what it is
/// for may be said last.</summary>
internal sealed class TarFiles : ArchiveFiles
{
    private const int MaximumLinks = 16;
    private const int ChunkBytes = 256 << 10;

    private readonly Dictionary<string, StagedFile> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _links = new(StringComparer.Ordinal);

    private TarFiles(ArchiveStaging staging, ArchiveLimits limits)
        : base(staging, limits)
    {
    }

    /// <summary>Reads an uncompressed archive to its end. Blocks.</summary>
    /// <exception cref="LoamException">The archive is damaged, hostile or beyond a limit.</exception>
    public static TarFiles Read(Stream archive, ArchiveStaging staging, ArchiveLimits limits, CancellationToken cancellationToken)
    {
        var files = new TarFiles(staging, limits);
        var budget = Math.Min(limits.MaximumBytes, staging.FreeBytes / 10 * 9);
        var reader = new TarReader(archive, new LayerLimits { MaximumFileBytes = budget }, budget);
        try
        {
            for (var entries = 0; reader.Next() is { } entry; entries++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (entries == limits.MaximumEntries)
                {
                    throw new LoamException(ErrorCodes.ArchiveTooLarge, $"the archive has more than {limits.MaximumEntries} entries");
                }

                files.Add(reader, entry, cancellationToken);
            }
        }
        catch (TarException e)
        {
            var code = e.Error == TarError.LimitExceeded ? ErrorCodes.ArchiveTooLarge : ErrorCodes.ArchiveDamaged;
            throw new LoamException(code, $"the archive at byte {reader.EntryOffset}: {e.Message}", e);
        }

        return files;
    }

    /// <inheritdoc/>
    public override StagedFile? Find(string name)
    {
        for (var links = 0; links < MaximumLinks; links++)
        {
            if (_files.TryGetValue(name, out var file))
            {
                return file;
            }

            if (!_links.TryGetValue(name, out var target))
            {
                return null;
            }

            name = target;
        }

        throw new LoamException(ErrorCodes.ArchiveInvalid, $"\"{Printable.Of(name)}\" in the archive is a loop of links");
    }

    private void Add(TarReader reader, TarEntry entry, CancellationToken cancellationToken)
    {
        var name = ArchiveName.Normalize(entry.Path);
        switch (entry.Type)
        {
            case TarType.Directory:
                break;
            case TarType.RegularFile when entry.Sparse is null && name.Length > 0:
                var promised = PromisedBy(name);
                AddFile(name, Staging.Add(
                    () =>
                    {
                        cancellationToken.ThrowIfCancellationRequested();
                        return reader.ReadContent(ChunkBytes);
                    },
                    entry.Size,
                    promised,
                    name));
                break;
            case TarType.SymbolicLink:
                AddLink(name, ArchiveName.Follow(name, System.Text.Encoding.UTF8.GetString(entry.LinkTarget)));
                break;
            case TarType.HardLink:
                AddLink(name, ArchiveName.Normalize(entry.LinkTarget));
                break;
            default:
                throw new LoamException(
                    ErrorCodes.ArchiveInvalid,
                    $"\"{Printable.Of(name)}\" in the archive is {(entry.Type == TarType.RegularFile ? "a sparse file" : "not a file, folder or link")}");
        }
    }

    private void AddFile(string name, StagedFile file)
    {
        // Some tools write a shared layer once for each image; the same name for other bytes is no accident.
        if (_links.ContainsKey(name) || (_files.TryGetValue(name, out var former) && former.Digest != file.Digest))
        {
            throw Twice(name);
        }

        _files[name] = file;
    }

    private void AddLink(string name, string target)
    {
        if (_files.ContainsKey(name) || (_links.TryGetValue(name, out var former) && former != target))
        {
            throw Twice(name);
        }

        _links[name] = target;
    }

    private static LoamException Twice(string name) =>
        new(ErrorCodes.ArchiveInvalid, $"\"{Printable.Of(name)}\" is in the archive twice, with different content");
}
