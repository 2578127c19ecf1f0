using Loam.Files;

namespace Loam.Store;

/// <summary>What files take.</summary>
internal static class FileUsage
{
    /// <summary>What a file, or a folder with all that is in it, takes.</summary>
    public static FreedItem Of(FreedKind kind, string path)
    {
        long size = 0, allocated = 0;
        foreach (var file in Directory.Exists(path) ? Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories) : [path])
        {
            if (Libc.Status(file) is { } status)
            {
                size += status.Size;
                allocated += status.Allocated;
            }
        }

        return new FreedItem(kind, path, size, allocated);
    }
}
