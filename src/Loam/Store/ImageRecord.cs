namespace Loam;

/// <summary>An image in the store: a name, the manifest that it refers to, and its disk.</summary>
/// <param name="ImageRef">The full reference it was pulled under.</param>
/// <param name="Repository">Registry and repository of the reference.</param>
/// <param name="Digest">The manifest's digest.</param>
/// <param name="Platform">What it runs on.</param>
/// <param name="OutputPath">The disk.</param>
/// <param name="SizeBytes">The disk's size; 0 where the disk is missing.</param>
/// <param name="LastUsedAt">When it was last pulled or used; accurate to the hour, so that using images writes little.</param>
public sealed record ImageRecord(
    string ImageRef,
    string Repository,
    Digest Digest,
    Platform Platform,
    string OutputPath,
    long SizeBytes,
    DateTimeOffset LastUsedAt)
{
    /// <summary>The same repository by digest.</summary>
    public string ResolvedRef => $"{Repository}@{Digest}";
}
