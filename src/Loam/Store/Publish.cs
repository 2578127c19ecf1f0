namespace Loam;

/// <summary>Gives finished things their final names: temporary name, fsync, rename, fsync of the folder. At every
/// instant the final name leads to something whole or to nothing.</summary>
internal static class Publish
{
    /// <summary>Moves a finished file to its final name, replacing what stood there.</summary>
    public static void File(string temporary, string final)
    {
        using (var handle = System.IO.File.OpenHandle(temporary, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete))
        {
            RandomAccess.FlushToDisk(handle);
        }

        System.IO.File.Move(temporary, final, overwrite: true);
        Libc.SyncDirectory(Path.GetDirectoryName(final)!);
    }

    /// <summary>Writes bytes to a temporary file and moves it to its final name.</summary>
    public static void Bytes(string temporary, string final, ReadOnlySpan<byte> content)
    {
        System.IO.File.WriteAllBytes(temporary, content);
        File(temporary, final);
    }

    /// <summary>Moves a finished folder, whose files are on stable storage, to its final name. A folder that stands
    /// there already changes places with it, so that readers see the one or the other.</summary>
    public static void Folder(string temporary, string final)
    {
        Libc.SyncDirectory(temporary);
        if (Directory.Exists(final))
        {
            Libc.Exchange(temporary, final);
            Directory.Delete(temporary, recursive: true);
        }
        else
        {
            Directory.Move(temporary, final);
        }

        Libc.SyncDirectory(Path.GetDirectoryName(final)!);
    }
}
