namespace Loam;

/// <summary>What is wrong with a file or a name of the store.</summary>
public enum ProblemKind
{
    /// <summary><c>index.json</c> cannot be read.</summary>
    IndexDamaged,

    /// <summary>A blob's bytes do not have its digest.</summary>
    BlobDamaged,

    /// <summary>A blob that a name needs is not in the store.</summary>
    BlobMissing,

    /// <summary>A manifest or a configuration has its digest but makes no sense.</summary>
    ManifestInvalid,

    /// <summary>A disk's bytes are not those that its record says, or its record cannot be read.</summary>
    DiskDamaged,

    /// <summary>A name's disk is not where the name says.</summary>
    DiskMissing,

    /// <summary>A file among the blobs whose name is not a digest.</summary>
    UnknownFile,
}

/// <summary>Something wrong with the store.</summary>
/// <param name="Kind">What.</param>
/// <param name="Name">A blob's digest, else the path.</param>
/// <param name="Message">What was found, in words.</param>
/// <param name="Images">The names that use it.</param>
public sealed record StoreProblem(ProblemKind Kind, string Name, string Message, IReadOnlyList<string> Images)
{
    /// <summary>Where the damaged file was moved to; null where it was not moved, or did not exist.</summary>
    public string? QuarantinedTo { get; init; }

    /// <summary>Whether it was fixed.</summary>
    public bool Mended { get; init; }
}

/// <summary>What a check of the store found.</summary>
/// <param name="Images">How many names were followed.</param>
/// <param name="Blobs">How many blobs were hashed.</param>
/// <param name="Disks">How many disks were hashed.</param>
/// <param name="BytesRead">How many bytes that were.</param>
/// <param name="Problems">What was wrong.</param>
public sealed record StoreCheckReport(int Images, int Blobs, int Disks, long BytesRead, IReadOnlyList<StoreProblem> Problems)
{
    /// <summary>Whether nothing is wrong, or everything was fixed.</summary>
    public bool IsWhole => Problems.All(problem => problem.Mended);
}
