using System.Buffers.Binary;
using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Loam;

/// <summary>The calls of Linux that the store's promises rest on and .NET does not have.</summary>
internal static partial class Libc
{
    private const int LockExclusive = 2;
    private const int LockShared = 1;
    private const int LockNonBlocking = 4;
    private const int WouldBlock = 11; // EAGAIN
    private const int AtEmptyPath = 0x1000;
    private const uint StatxLinks = 4; // STATX_NLINK
    private const int StatxLinksOffset = 16; // struct statx, stx_nlink
    private const int ReadWriteCreateCloseOnExec = 2 | 0x40 | 0x80000; // O_RDWR | O_CREAT | O_CLOEXEC
    private const int ReadOnlyCloseOnExec = 0x80000;
    private const int DirectoryCloseOnExec = 0x90000; // O_DIRECTORY | O_CLOEXEC
    private const int SetDescriptorFlags = 2; // F_SETFD
    private const int CloseOnExec = 1; // FD_CLOEXEC
    private const int CurrentDirectory = -100; // AT_FDCWD
    private const uint RenameExchange = 2;

    /// <summary>Opens a lock file. .NET's own opening would put a lock of its own on it.</summary>
    public static SafeFileHandle OpenLockFile(string path)
    {
        var file = Open(path, ReadWriteCreateCloseOnExec, 0b110_000_000);
        return file.IsInvalid ? throw Failure($"open {path}") : file;
    }

    /// <summary>Takes an advisory lock if nobody else holds it (flock(2)).</summary>
    /// <returns>False while somebody else does.</returns>
    public static bool TryLock(SafeFileHandle file, bool shared)
    {
        if (Flock(file, (shared ? LockShared : LockExclusive) | LockNonBlocking) == 0)
        {
            return true;
        }

        return Marshal.GetLastPInvokeError() == WouldBlock ? false : throw Failure("flock");
    }

    /// <summary>Whether an open file still has a name (statx(2)).</summary>
    public static bool IsLinked(SafeFileHandle file)
    {
        Span<byte> buffer = stackalloc byte[256];
        if (Statx(file, "", AtEmptyPath, StatxLinks, buffer) != 0)
        {
            throw Failure("statx");
        }

        return BinaryPrimitives.ReadUInt32LittleEndian(buffer[StatxLinksOffset..]) > 0;
    }

    /// <summary>Waits until a folder's names are on stable storage.</summary>
    public static void SyncDirectory(string path)
    {
        using var folder = Open(path, ReadOnlyCloseOnExec, 0);
        if (folder.IsInvalid || Fsync(folder) != 0)
        {
            throw Failure($"fsync {path}");
        }
    }

    /// <summary>Opens a folder, to name things in it by.</summary>
    public static SafeFileHandle OpenDirectory(string path)
    {
        var folder = Open(path, DirectoryCloseOnExec, 0);
        return folder.IsInvalid ? throw Failure($"open {path}") : folder;
    }

    /// <summary>Makes a named pipe (mkfifo(3)) that only its owner can use.</summary>
    public static void MakePipe(string path)
    {
        if (MakeFifo(path, 0b110_000_000) != 0)
        {
            throw Failure($"mkfifo {path}");
        }
    }

    /// <summary>Whether a handle stays open in the programs that this one starts (fcntl(2), <c>FD_CLOEXEC</c>).</summary>
    public static void SetInherited(SafeFileHandle file, bool inherited)
    {
        if (Fcntl(file, SetDescriptorFlags, inherited ? 0 : CloseOnExec) != 0)
        {
            throw Failure("fcntl");
        }
    }

    /// <summary>Swaps two names in one step (renameat2(2)).</summary>
    public static void Exchange(string left, string right)
    {
        if (RenameAt2(CurrentDirectory, left, CurrentDirectory, right, RenameExchange) != 0)
        {
            throw Failure($"rename {left}");
        }
    }

    private static IOException Failure(string what)
    {
        var error = Marshal.GetLastPInvokeError();
        return new IOException($"{what}: {Marshal.GetPInvokeErrorMessage(error)}", new Win32Exception(error));
    }

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Flock(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(SafeFileHandle file, string path, int flags, uint mask, Span<byte> buffer);

    [LibraryImport("libc", EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameAt2(int leftFolder, string left, int rightFolder, string right, uint flags);

    [LibraryImport("libc", EntryPoint = "mkfifo", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakeFifo(string path, uint mode);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Fcntl(SafeFileHandle file, int command, int argument);
}
