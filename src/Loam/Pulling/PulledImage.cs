namespace Loam;

/// <summary>An image that was pulled.</summary>
/// <param name="Image">Its record in the store.</param>
/// <param name="Disk">Its disk; null where none was wanted (<see cref="DiskSource.None"/>).</param>
/// <param name="UpToDate">Whether everything was in the store before.</param>
public sealed record PulledImage(ImageRecord Image, DiskRecord? Disk, bool UpToDate)
{
    /// <summary>The folder that has the merged tree as files, if that was wanted.</summary>
    public string? StagePath { get; init; }
}
