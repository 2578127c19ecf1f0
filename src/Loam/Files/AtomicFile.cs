namespace Loam.Files;

/// <summary>Gives finished things their final names: temporary name, fsync, rename, fsync of the folder. At every
/// instant the final name leads to something whole or to nothing.</summary>
internal static class AtomicFile
{
    /// <summary>Moves a finished file to its final name, replacing what stood there.</summary>
    public static void Move(string temporary, string final, StableStorage? storage = null)
    {
        storage ??= StableStorage.Real;
        try
        {
            storage.Sync(temporary);
        }
        catch
        {
            // After a failed fsync the kernel may count the lost pages as clean; a second try would then succeed over
            // bytes that are not there. What cannot be synced is worth nothing.
            System.IO.File.Delete(temporary);
            throw;
        }

        storage.Move(temporary, final);
        storage.SyncFolder(Path.GetDirectoryName(final)!);
    }

    /// <summary>Writes bytes to a temporary file and moves it to its final name.</summary>
    public static void Write(string temporary, string final, ReadOnlySpan<byte> content, StableStorage? storage = null)
    {
        (storage ?? StableStorage.Real).Write(temporary, content);
        Move(temporary, final, storage);
    }

    /// <summary>Moves a finished folder, whose files are on stable storage, to its final name. A folder that
    /// already has that name changes places with it, so that readers see the one or the other.</summary>
    public static void MoveFolder(string temporary, string final, StableStorage? storage = null)
    {
        storage ??= StableStorage.Real;
        storage.SyncFolder(temporary);
        if (Directory.Exists(final))
        {
            storage.Exchange(temporary, final);
            Directory.Delete(temporary, recursive: true);
        }
        else
        {
            storage.MoveFolder(temporary, final);
        }

        storage.SyncFolder(Path.GetDirectoryName(final)!);
    }
}
