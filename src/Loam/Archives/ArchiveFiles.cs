namespace Loam.Archives;

/// <summary>The files of an archive or of a layout folder, by their names.</summary>
internal abstract class ArchiveFiles(ArchiveStaging staging, ArchiveLimits limits)
{
    private long _documentBytesLeft = limits.MaximumDocumentsBytes;

    /// <summary>Where its files are staged.</summary>
    public ArchiveStaging Staging { get; } = staging;

    /// <summary>What it may hold.</summary>
    public ArchiveLimits Limits { get; } = limits;

    /// <summary>A file by its normalized name; null where there is none.</summary>
    /// <exception cref="LoamException">It does not have the digest that its name says, or is not a file.</exception>
    public abstract StagedFile? Find(string name);

    /// <summary>A blob by its digest; null where there is none.</summary>
    public StagedFile? Find(Digest digest) => Find($"blobs/{digest.Algorithm}/{digest.Hex}");

    /// <summary>A document that is read whole; null where there is none.</summary>
    public byte[]? ReadDocument(string name) => Find(name) is { } file ? Read(file, name, Limits.MaximumDocumentBytes) : null;

    /// <summary>The whole of a small file.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.ArchiveTooLarge"/>.</exception>
    public byte[] Read(StagedFile file, string name, int most)
    {
        if (file.Size > most)
        {
            throw new LoamException(ErrorCodes.ArchiveTooLarge, $"\"{Printable.Of(name)}\" in the archive has {file.Size} bytes; {most} are allowed");
        }

        // An index may name the same document ten thousand times.
        _documentBytesLeft -= file.Size;
        return _documentBytesLeft >= 0
            ? File.ReadAllBytes(file.Path)
            : throw new LoamException(ErrorCodes.ArchiveTooLarge, "the archive's manifests and configurations are too many to read");
    }

    /// <summary>The digest that a name promises: <c>blobs/sha256/…</c> (OCI image-spec, <c>image-layout.md</c>).</summary>
    protected static Digest? PromisedBy(string name) =>
        name.Split('/') is ["blobs", var algorithm, var hex] && Digest.TryParse($"{algorithm}:{hex}", out var digest) ? digest : null;
}
