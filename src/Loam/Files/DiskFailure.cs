using Loam.Filesystems;

namespace Loam.Files;

/// <summary>What a failure to read a disk means.</summary>
internal static class DiskFailure
{
    /// <summary>A typed error for a disk that cannot be read.</summary>
    public static LoamException Translate(FilesystemException failure, string disk)
    {
        var code = failure.Error switch
        {
            FilesystemError.NotExt4 => ErrorCodes.DiskNotExt4,
            FilesystemError.UnsupportedFeature => ErrorCodes.DiskUnsupported,
            FilesystemError.LimitExceeded => ErrorCodes.DiskLimitExceeded,
            _ => ErrorCodes.DiskDamaged,
        };
        var details = new Dictionary<string, string>(StringComparer.Ordinal) { ["disk"] = disk };
        if (failure.Inode is { } inode)
        {
            details["inode"] = $"{inode}";
        }

        if (failure.Block is { } block)
        {
            details["block"] = $"{block}";
        }

        return new LoamException(code, $"disk {disk}: {failure.Message}", failure) { Details = details };
    }
}
