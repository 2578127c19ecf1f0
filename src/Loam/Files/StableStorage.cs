namespace Loam.Files;

/// <summary>The steps that publishing is made of, each of which can fail: writing, bringing to stable storage, renaming.
/// Tests derive from it to make them fail.</summary>
internal class StableStorage
{
    /// <summary>The file system itself.</summary>
    public static StableStorage Real { get; } = new();

    /// <summary>Writes a whole file; a failure may leave the first part of it.</summary>
    /// <param name="path">The file; one that is there is overwritten.</param>
    /// <param name="content">What it is to hold.</param>
    /// <param name="mode">For a new file: who may use it from the first instant on, whatever the umask.</param>
    public virtual void Write(string path, ReadOnlySpan<byte> content, UnixFileMode? mode = null)
    {
        if (mode is not { } stated || OperatingSystem.IsWindows())
        {
            File.WriteAllBytes(path, content);
            return;
        }

        using var file = new FileStream(
            path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = stated, BufferSize = 0 });

        // The umask may have taken bits away.
        File.SetUnixFileMode(file.SafeFileHandle, stated);
        file.Write(content);
    }

    /// <summary>Waits until a file's bytes are on stable storage.</summary>
    public virtual void Sync(string path)
    {
        using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        RandomAccess.FlushToDisk(handle);
    }

    /// <summary>Waits until a folder's names are on stable storage.</summary>
    public virtual void SyncFolder(string path) => Libc.SyncDirectory(path);

    /// <summary>Gives a file another name in one step, replacing what stood there.</summary>
    public virtual void Move(string from, string to) => File.Move(from, to, overwrite: true);

    /// <summary>Gives a folder another name in one step; nothing may stand there.</summary>
    public virtual void MoveFolder(string from, string to) => Directory.Move(from, to);

    /// <summary>Swaps two names in one step.</summary>
    public virtual void Exchange(string left, string right) => Libc.Exchange(left, right);

    /// <summary>Removes a file's name.</summary>
    public virtual void Remove(string path) => File.Delete(path);
}
