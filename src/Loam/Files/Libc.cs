using System.Buffers.Binary;
using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Loam.Files;

/// <summary>The calls of Linux that the store's promises rest on and .NET does not have.</summary>
internal static partial class Libc
{
    private const int LockExclusive = 2;
    private const int LockShared = 1;
    private const int LockNonBlocking = 4;
    private const int WouldBlock = 11; // EAGAIN
    private const int AtEmptyPath = 0x1000;
    private const uint StatxLinks = 4; // STATX_NLINK
    private const uint StatxBasic = 0x7FF; // STATX_BASIC_STATS
    private const int StatxBytes = 256;
    private const int StatxLinksOffset = 16; // struct statx: stx_nlink, stx_uid, stx_size, stx_blocks, stx_mtime
    private const int StatxOwnerOffset = 20;
    private const int StatxSizeOffset = 40;
    private const int StatxBlocksOffset = 48;
    private const int StatxModifiedOffset = 112;
    private const int StatxBlockBytes = 512;
    private const int NoEntry = 2; // ENOENT
    private const int NotAFolder = 20; // ENOTDIR
    private const int AccessDenied = 13; // EACCES
    private const int ReadOnlyFileSystem = 30; // EROFS
    private const int ReadWriteCreateCloseOnExec = 2 | 0x40 | 0x80000; // O_RDWR | O_CREAT | O_CLOEXEC
    private const int ReadOnlyCloseOnExec = 0x80000;
    private const int DirectoryCloseOnExec = 0x90000; // O_DIRECTORY | O_CLOEXEC
    private const int SetDescriptorFlags = 2; // F_SETFD
    private const int CloseOnExec = 1; // FD_CLOEXEC
    private const int CurrentDirectory = -100; // AT_FDCWD
    private const uint RenameExchange = 2;
    private const int NonBlocking = 0x800; // O_NONBLOCK
    private const uint StatxType = 1; // STATX_TYPE
    private const int StatxModeOffset = 28; // struct statx, stx_mode
    private const int TypeMask = 0xF000; // S_IFMT
    private const int TypeRegular = 0x8000; // S_IFREG
    private const short PollIn = 1; // POLLIN
    private const int Interrupted = 4; // EINTR

    /// <summary>Opens a lock file. .NET's own opening would put a lock of its own on it.</summary>
    public static SafeFileHandle OpenLockFile(string path)
    {
        var file = Open(path, ReadWriteCreateCloseOnExec, 0b110_000_000);
        return file.IsInvalid ? throw Failure($"open {path}") : file;
    }

    /// <summary>Opens a lock file that must be there where nothing may be written; null where there is none.</summary>
    public static SafeFileHandle? OpenLockFileReadOnly(string path)
    {
        var file = Open(path, ReadOnlyCloseOnExec, 0);
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

    /// <summary>What statx(2) says of a name, links followed; null where there is none.</summary>
    public static FileStatus? Status(string path)
    {
        Span<byte> buffer = stackalloc byte[StatxBytes];
        return ReadStatus(StatxAt(CurrentDirectory, path, 0, StatxBasic, buffer), path, buffer);
    }

    /// <summary>The same of a name in an open folder: the kernel need not look up the way there.</summary>
    public static FileStatus? Status(SafeFileHandle folder, string name)
    {
        Span<byte> buffer = stackalloc byte[StatxBytes];
        return ReadStatus(Statx(folder, name, 0, StatxBasic, buffer), name, buffer);
    }

    /// <summary>The user this process acts as (geteuid(2)).</summary>
    public static uint EffectiveUser() => GetEffectiveUser();

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
        Span<byte> buffer = stackalloc byte[StatxBytes];
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

    /// <summary>Opens a regular file for reading, without waiting where it is a pipe or a device (open(2), O_NONBLOCK).</summary>
    /// <returns>Null where it is no regular file.</returns>
    public static SafeFileHandle? OpenRegular(string path)
    {
        var file = Open(path, ReadOnlyCloseOnExec | NonBlocking, 0);
        if (file.IsInvalid)
        {
            throw Failure($"open {path}");
        }

        Span<byte> buffer = stackalloc byte[256];
        if (Statx(file, "", AtEmptyPath, StatxType, buffer) == 0
            && (BinaryPrimitives.ReadUInt16LittleEndian(buffer[StatxModeOffset..]) & TypeMask) == TypeRegular)
        {
            return file;
        }

        file.Dispose();
        return null;
    }

    /// <summary>Whether a path leads to a regular file.</summary>
    public static bool IsRegular(string path)
    {
        using var file = OpenRegular(path);
        return file is not null;
    }

    /// <summary>Waits until a read would not block (poll(2)).</summary>
    /// <returns>False if that took longer than allowed.</returns>
    public static bool WaitReadable(SafeFileHandle file, TimeSpan limit)
    {
        var wanted = new PollFile { File = (int)file.DangerousGetHandle(), Events = PollIn };
        var ready = Poll(ref wanted, 1, (int)limit.TotalMilliseconds);
        return ready >= 0 ? ready > 0 : Marshal.GetLastPInvokeError() == Interrupted ? false : throw Failure("poll");
    }

    /// <summary>Reads what is there (read(2)); 0 at the end.</summary>
    public static int Read(SafeFileHandle file, Span<byte> buffer)
    {
        while (true)
        {
            var read = ReadSome(file, buffer, (nuint)buffer.Length);
            if (read >= 0)
            {
                return (int)read;
            }

            if (Marshal.GetLastPInvokeError() != Interrupted)
            {
                throw Failure("read");
            }
        }
    }

    private static FileStatus? ReadStatus(int result, string name, ReadOnlySpan<byte> buffer)
    {
        if (result != 0)
        {
            return Marshal.GetLastPInvokeError() is NoEntry or NotAFolder ? null : throw Failure($"stat {name}");
        }

        return new FileStatus(
            BinaryPrimitives.ReadInt64LittleEndian(buffer[StatxSizeOffset..]),
            BinaryPrimitives.ReadInt64LittleEndian(buffer[StatxBlocksOffset..]) * StatxBlockBytes,
            BinaryPrimitives.ReadUInt32LittleEndian(buffer[StatxOwnerOffset..]),
            DateTimeOffset.FromUnixTimeSeconds(BinaryPrimitives.ReadInt64LittleEndian(buffer[StatxModifiedOffset..])));
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

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatxAt(int folder, string path, int flags, uint mask, Span<byte> buffer);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetEffectiveUser();

    [LibraryImport("libc", EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameAt2(int leftFolder, string left, int rightFolder, string right, uint flags);

    [LibraryImport("libc", EntryPoint = "mkfifo", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakeFifo(string path, uint mode);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Fcntl(SafeFileHandle file, int command, int argument);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(ref PollFile files, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint ReadSome(SafeFileHandle file, Span<byte> buffer, nuint count);

    /// <summary><c>struct pollfd</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct PollFile
    {
        public int File;
        public short Events;
        public short Returned;
    }
}

/// <summary>What the kernel says of a file.</summary>
/// <param name="Size">Its length in bytes.</param>
/// <param name="Allocated">The bytes it takes on its file system; holes take none.</param>
/// <param name="Owner">The user it belongs to.</param>
/// <param name="Modified">When it was written last, to the second.</param>
internal readonly record struct FileStatus(long Size, long Allocated, uint Owner, DateTimeOffset Modified);
