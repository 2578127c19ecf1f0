using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Loam.Files;

/// <content>Directories and the names in them.</content>
internal static partial class Libc
{
    private const int DirectoryOnly = 0x10000; // O_DIRECTORY
    private const uint RenameExchange = 2; // RENAME_EXCHANGE

    /// <summary>Opens a directory, to name things in it by.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static SafeFileHandle OpenDirectory(string path)
    {
        var directory = Open(path, DirectoryOnly | CloseOnExec, 0);
        return directory.IsInvalid ? throw Failure($"open {path}") : directory;
    }

    /// <summary>Waits until a directory's names are on stable storage (fsync(2)).</summary>
    /// <exception cref="IOException">They are not.</exception>
    public static void SyncDirectory(string path)
    {
        using var directory = Open(path, CloseOnExec, 0);
        if (directory.IsInvalid || Fsync(directory) != 0)
        {
            throw Failure($"fsync {path}");
        }
    }

    /// <summary>Swaps two names in one step (renameat2(2)).</summary>
    /// <exception cref="IOException">Nothing was changed.</exception>
    public static void Exchange(string left, string right)
    {
        if (RenameAt2(CurrentDirectory, left, CurrentDirectory, right, RenameExchange) != 0)
        {
            throw Failure($"rename {left}");
        }
    }

    /// <summary>Makes a named pipe (mkfifo(3)) that only its owner can use.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static void MakePipe(string path)
    {
        if (MakeFifo(path, OwnerOnly) != 0)
        {
            throw Failure($"mkfifo {path}");
        }
    }

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameAt2(int leftDirectory, string left, int rightDirectory, string right, uint flags);

    [LibraryImport("libc", EntryPoint = "mkfifo", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakeFifo(string path, uint mode);
}
