namespace Loam.Files;

/// <summary>What the kernel says of a file.</summary>
/// <param name="Size">Its length in bytes.</param>
/// <param name="Allocated">The bytes it takes on its file system; holes take none.</param>
/// <param name="Owner">The user it belongs to.</param>
/// <param name="Modified">When it was last written, to the second.</param>
internal readonly record struct FileStatus(long Size, long Allocated, uint Owner, DateTimeOffset Modified);
