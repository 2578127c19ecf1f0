namespace Loam;

/// <summary>What happened to a path.</summary>
public enum ChangeKind
{
    /// <summary>It is new.</summary>
    Added,

    /// <summary>It has another type, other content or other metadata.</summary>
    Changed,

    /// <summary>It was removed.</summary>
    Removed,
}

/// <summary>A path that differs.</summary>
/// <param name="Kind">How.</param>
/// <param name="Path">The path from the root, without a leading slash; bytes that are not UTF-8 as <c>\xNN</c>.</param>
/// <param name="IsDirectory">Whether it is, or was, a directory.</param>
/// <param name="SizeBytes">The content's length: the new one, or the old one of a removed file.</param>
/// <param name="What">Of a changed path, what changed: <c>type</c>, <c>content</c>, <c>target</c>, <c>device</c>,
/// <c>mode</c>, <c>owner</c>, <c>time</c>, <c>xattrs</c>.</param>
public sealed record PathChange(ChangeKind Kind, string Path, bool IsDirectory, long SizeBytes, IReadOnlyList<string> What);

/// <summary>What one layer does to the tree below it.</summary>
/// <param name="Digest">The layer's blob.</param>
/// <param name="SizeBytes">Of the blob.</param>
/// <param name="UncompressedBytes">Of its uncompressed bytes.</param>
/// <param name="AddedBytes">The contents of files that it adds or replaces.</param>
/// <param name="WastedBytes">The contents in lower layers that it replaces or removes, which are downloaded for nothing.</param>
/// <param name="Changes">The paths, in byte order.</param>
public sealed record LayerChanges(
    Digest Digest, long SizeBytes, long UncompressedBytes, long AddedBytes, long WastedBytes, IReadOnlyList<PathChange> Changes);
