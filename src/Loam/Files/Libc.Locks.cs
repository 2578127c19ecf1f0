using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Loam.Files;

/// <content>Advisory locks (flock(2)); .NET's own opening would put a lock of its own on the file.</content>
internal static partial class Libc
{
    private const int LockShared = 1; // LOCK_SH
    private const int LockExclusive = 2; // LOCK_EX
    private const int LockNonBlocking = 4; // LOCK_NB
    private const int ReadWriteCreate = 2 | 0x40; // O_RDWR | O_CREAT
    private const int SetDescriptorFlags = 2; // F_SETFD
    private const int CloseDescriptorOnExec = 1; // FD_CLOEXEC

    /// <summary>Opens a lock file; makes it where it is missing.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static SafeFileHandle OpenLockFile(string path)
    {
        var file = Open(path, ReadWriteCreate | CloseOnExec, OwnerOnly);
        return file.IsInvalid ? throw Failure($"open {path}") : file;
    }

    /// <summary>Opens a lock file that must exist where nothing may be written; null where there is none.</summary>
    public static SafeFileHandle? OpenLockFileReadOnly(string path)
    {
        var file = Open(path, CloseOnExec, 0);
        if (!file.IsInvalid)
        {
            return file;
        }

        file.Dispose();
        return null;
    }

    /// <summary>Whether a failure says that nothing may be written there.</summary>
    public static bool IsReadOnly(IOException failure) =>
        failure.InnerException is Win32Exception { NativeErrorCode: AccessDenied or ReadOnlyFileSystem };

    /// <summary>Takes an advisory lock if nobody else holds it.</summary>
    /// <returns>False while somebody else does.</returns>
    /// <exception cref="IOException">The file system has no locks.</exception>
    public static bool TryLock(SafeFileHandle file, bool shared)
    {
        if (Flock(file, (shared ? LockShared : LockExclusive) | LockNonBlocking) == 0)
        {
            return true;
        }

        return Marshal.GetLastPInvokeError() == WouldBlock ? false : throw Failure("flock");
    }

    /// <summary>Sets whether a handle stays open in the programs that this one starts (fcntl(2), <c>FD_CLOEXEC</c>).</summary>
    public static void SetInherited(SafeFileHandle file, bool inherited)
    {
        if (Fcntl(file, SetDescriptorFlags, inherited ? 0 : CloseDescriptorOnExec) != 0)
        {
            throw Failure("fcntl");
        }
    }

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Flock(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Fcntl(SafeFileHandle file, int command, int argument);
}
